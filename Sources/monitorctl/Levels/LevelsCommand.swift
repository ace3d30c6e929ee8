internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import LevelTypes
internal import Listings
internal import Timekeeping

/// `monitorctl levels`: how loud it was.
struct LevelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "levels",
        abstract: "List how loud it was.",
        discussion: """
            Without --since: the 24 hours before --until, or before now, but not before the first \
            level there is. The period is cut at the \
            multiples of --every on the local clock; an hour that the clock shows twice is listed \
            twice, and a day has 23 or 25 hours where the clock is set. Without --every: the \
            finest step that gives at most 60 lines.

            LAeq is the mean over the audio that there is, and COVERAGE % says how much of the \
            piece that is. A piece without audio has "-". L10, L50 and L90 are the levels LAF that \
            were exceeded 10, 50 and 90 % of the time; a single second has none. FLAGS marks \
            audio that was overloaded (overload), below the noise floor (underrange) or of a \
            microphone that gave the same sample all the time (stuck).

            Levels are dB re 20 µPa when the source is calibrated or indicative. Those of an \
            uncalibrated source are dB re full scale, and no sound pressure levels. On a terminal \
            too narrow for all columns the least important are left out.

            Examples:
              monitorctl levels
              monitorctl levels --since 10m --every 1s
              monitorctl levels --since yesterday --until today --every 15m --format csv
              monitorctl levels --since 1w --every 1d
              monitorctl levels --since 1h --bands --format json | jq .periods

            Fields of json, jsonl and csv: source, start, end, LAeq, LAFmax, LCpeak, L10, L50, \
            L90, coverage_percent, overload_s, underrange_s, stuck_s, left_out_s (seconds of \
            uncalibrated audio that could not be added), calibration (calibrated, indicative, \
            uncalibrated); with --bands the unweighted Leq of 33 third-octave bands, 12.5 Hz to \
            20 kHz. Null or an empty field: nothing measured, or digital silence.
            """)

    /// How far to look back if nothing else is asked for, in seconds.
    private static let usualPeriod = 86_400.0
    /// How many pieces are read at once.
    private static let pageLength = 3_600

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "From this time on (default: 24 h before the end, or since the first level).",
            valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Up to this time (default: now).", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("The length of a piece.", valueName: "step"))
    var every: CalendarStep?

    @Flag(help: "Also the levels of the third-octave bands.")
    var bands = false

    @Option(help: ArgumentHelp("Only this source (default: all).", valueName: "name"))
    var source: String?

    @Option(help: "How to write the levels.")
    var format = LevelFormat.table

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        _ = try period(now: .now())
    }

    func run() throws {
        let reader = try EventReader(path: database.path())
        let known = try reader.levelSources()
        let sources = source.map { [$0] } ?? known
        let period = try measured(period(now: .now()), sources, reader)
        if let source, !known.contains(source) { LevelSource.warn(source, known: known) }
        let step = every ?? .usual(forSeconds: period.until.seconds(since: period.since))
        if step == .second { try RemovedSeconds.warn(sources, since: period.since, reader) }
        var listing = LevelListing(
            since: period.since, until: period.until, step: step, sources: sources,
            showsBands: bands, format: format,
            within: StandardStream.output.terminalColumns)
        try StandardStream.output.write(listing.header)
        for source in sources {
            try list(source, period, step, reader) { listing.rows($0, source: source) }
        }
        try StandardStream.output.write(listing.footer)
        if listing.isEmpty {
            StandardError.write(
                "no levels from \(period.since.localDescription) to "
                    + "\(period.until.localDescription) in \(reader.path)")
        }
    }

    private func period(now: UTCTime) throws -> CalendarPeriod {
        try TimeOption.period(
            since: since, until: until, now: now, usualSeconds: Self.usualPeriod)
    }

    /// Without --since, a period does not begin before the first level there is.
    private func measured(
        _ period: CalendarPeriod, _ sources: [String], _ reader: EventReader
    ) throws -> CalendarPeriod {
        let first = try sources.compactMap { try reader.levelRange(source: $0)?.first }.min()
        guard since == nil, let first, period.since < first, first < period.until else {
            return period
        }
        return CalendarPeriod(since: first, until: period.until)
    }

    /// Writes the pieces of a period, a batch at a time: a year has 31 million seconds.
    private func list(
        _ source: String, _ period: CalendarPeriod, _ step: CalendarStep, _ reader: EventReader,
        _ rows: ([LevelPeriod]) -> String
    ) throws {
        var start = period.since
        while start < period.until {
            let boundaries = step.boundaries(
                since: start, until: period.until, limit: Self.pageLength)
            let periods = try reader.levels(source: source, boundaries: boundaries)
            try StandardStream.output.write(rows(periods))
            start = boundaries.last ?? period.until
        }
    }
}

/// The source whose levels are asked for.
enum LevelSource {
    /// A misspelt name matches nothing; say so.
    static func warn(_ source: String, known: [String]) {
        let list = known.isEmpty ? "none yet" : known.joined(separator: ", ")
        StandardError.write(
            "warning: no level of the source \"\(source)\" was ever stored; known: \(list)")
    }
}

/// Levels of single seconds that are no longer kept.
enum RemovedSeconds {
    /// Says so, for each of the sources of which some are asked for.
    static func warn(_ sources: [String], since: UTCTime, _ reader: EventReader) throws {
        for source in sources {
            guard let end = try reader.secondsRemovedUntil(source: source), since < end else {
                continue
            }
            StandardError.write(
                "warning: \(source): levels of single seconds before \(end.localDescription) were "
                    + "removed (retention); those of minutes are there")
        }
    }
}
