internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import LevelTypes
internal import Listings
internal import SoundTypes
internal import Timekeeping

/// `monitorctl coverage`: how much was heard, and why not the rest.
struct CoverageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "How much was heard, and why not the rest.",
        discussion: """
            Without --since: the last seven days, but not before the first session there is. Each \
            moment counts once: as heard, as OFF (the monitor did not run, or the source was not \
            there), or as missing for a cause: overflow (the analysis did not keep up), overrun \
            (the device was read too late), suspended, disconnected, stalled (the device \
            delivered nothing), damaged (a recording cannot be decoded) or unstored (heard, but \
            not stored). OVERLOAD is how much of what was heard was overloaded. Lines below the \
            table say when sounds were not looked for (unrecognised) or no bands were measured \
            (without_bands) because the machine did not keep up, how often the clock was set, and \
            how far the clock of the device was off when that was last measured in the session.

            Examples:
              monitorctl coverage
              monitorctl coverage --since today --every 1h
              monitorctl coverage --since 30d --format csv > coverage.csv
              monitorctl coverage --format json | jq '.[] | select(.heard_percent < 99)'

            Fields of json, jsonl and csv: source, start, end, heard_percent, heard_s, off_s, a \
            field for each cause (overflow_s …), overload_s, clock_steps and drift_ppm.
            """)

    private static let usualPeriod = 7 * 86_400.0
    /// A running session is stored every ten seconds of audio; one that is older has stopped.
    private static let storedWithin = 30.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "From this time on (default: 7 days before the end, or since the first session).",
            valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Up to this time (default: now).", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("The length of a piece.", valueName: "step"))
    var every = CalendarStep.day

    @Option(help: ArgumentHelp("Only this source (default: all).", valueName: "name"))
    var source: String?

    @Option(help: "How to write it.")
    var format = EventFormat.table

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        _ = try period(now: .now())
    }

    func run() throws {
        let reader = try EventReader(path: database.path())
        let asked = try period(now: .now())
        let coverages = try coverages(asked, reader)
        if coverages.isEmpty {
            StandardError.write(
                "nothing was listened to from \(asked.since.localDescription) to "
                    + "\(asked.until.localDescription) in \(reader.path)")
            if format == .table { return }
        }
        try StandardStream.output.write(
            format.document(coverages, within: StandardStream.output.terminalColumns))
    }

    /// Of each source that was listened to, piece by piece.
    private func coverages(
        _ asked: CalendarPeriod, _ reader: EventReader
    ) throws -> [(source: String, coverage: Coverage)] {
        let sessions = try reader.sessions(
            since: asked.since, until: asked.until, source: source)
        let first = sessions.map(\.started).min() ?? asked.since
        let start = since == nil ? max(first, asked.since) : asked.since
        let end = until == nil ? told(sessions, until: asked.until) : asked.until
        let boundaries = every.boundaries(since: start, until: end)
        return try Set(sessions.map(\.source)).sorted().flatMap { source in
            var own = OverlapSweep(
                sessions.filter { $0.source == source }, from: \.started, to: \.ended)
            var gaps = OverlapSweep(
                try reader.gaps(since: start, until: end, source: source), from: \.start, to: \.end)
            return try reader.levels(source: source, boundaries: boundaries).map { piece in
                let coverage = Coverage(
                    from: piece.start, to: piece.end,
                    sessions: own.overlapping(piece.start, piece.end),
                    gaps: gaps.overlapping(piece.start, piece.end),
                    overloadSeconds: piece.summary.overloadSeconds)
                return (source, coverage)
            }
        }
    }

    /// Up to where the sessions that are going on are stored: what comes after is not known yet.
    private func told(_ sessions: [ListeningSession], until now: UTCTime) -> UTCTime {
        let newest = sessions.filter {
            $0.status == .running && now.seconds(since: $0.ended) < Self.storedWithin
        }
        return newest.map(\.ended).min().map { min($0, now) } ?? now
    }

    private func period(now: UTCTime) throws -> CalendarPeriod {
        try TimeOption.period(
            since: since, until: until, now: now, usualSeconds: Self.usualPeriod)
    }
}
