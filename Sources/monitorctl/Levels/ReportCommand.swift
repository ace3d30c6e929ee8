internal import ArgumentParser
internal import EventStore
internal import Foundation
internal import HostSystem
internal import NoiseReports
internal import Timekeeping

/// `monitorctl report`: a noise report.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a noise report of a day, a week or any period.",
        discussion: """
            LAeq, Lday, Levening, Lnight and Lden, percentiles, an hourly table, the loudest \
            minutes, the time above levels, the events by label, what was not measured, and how \
            far the levels can be trusted. Without --day, --week or --since: yesterday.

            Days and hours are those of the local clock. A part of the day of which less than \
            75 % was measured is marked. Lden is given for a day or more; that of one day is \
            named Lden,24h, because Lden is a level of a year (Directive 2002/49/EC).

            Formats: text; json, with all figures; csv, the hours with the fields of \
            `monitorctl levels`; html, one file with charts that needs no network and prints well.

            Examples:
              monitorctl report
              monitorctl report --day 2026-11-22 --format html --output sunday.html
              monitorctl report --week 2026-11-22 --source garden
              monitorctl report --since "2026-11-22 22:00" --until "2026-11-23 06:00"
              monitorctl report --day today --threshold 55 --threshold 65
              monitorctl report --format json | jq '.terms.Lnight'
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The day of this time, from midnight to midnight.", valueName: "date"))
    var day: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The week of this time, from Monday to Sunday.", valueName: "date"))
    var week: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("From this time on.", valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Up to this time (default: now).", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("The source, when there are several.", valueName: "name"))
    var source: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A level for which the time above it is given, in dB. May be repeated.",
            valueName: "dB"))
    var threshold: [Double] = []

    @Option(
        help: ArgumentHelp(
            "The hours at which day, evening and night begin.", valueName: "hours"))
    var dayLimits = "7,19,23"

    @Option(help: "How to write the report.")
    var format = ReportFormat.text

    @Option(
        help: ArgumentHelp(
            "Write to this file, not to standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        guard [day, week, since ?? until].count(where: { $0 != nil }) <= 1 else {
            throw ValidationError("only one of --day, --week and --since/--until can be given")
        }
        if let level = threshold.first(where: { !(-200...200).contains($0) }) {
            throw ValidationError("--threshold \(level) is not from -200 to 200")
        }
        if until != nil, since == nil { throw ValidationError("--until needs --since") }
        _ = try (period(now: .now()), limits())
    }

    func run() throws {
        let now = UTCTime.now()
        let reader = try EventReader(path: database.path())
        guard let source = try chosenSource(reader) else {
            StandardError.write("no levels were ever stored in \(reader.path)")
            return
        }
        let report = try report(reader, source, now: now)
        if let omission = report.omission { StandardError.write("warning: \(omission)") }
        if report.isEmpty {
            StandardError.write("warning: no levels in \(report.title) in \(reader.path)")
        }
        try write(format.document(report))
    }
}

extension ReportCommand {
    /// A century, in days.
    private static let longestPeriod = 36_525.0

    /// Reads the report, with a running share of what is read on a terminal.
    private func report(
        _ reader: EventReader, _ source: String, now: UTCTime
    ) throws -> NoiseReport {
        try StandardError.showingShare(of: "reading the levels") { show in
            try NoiseReport(
                reading: reader, source: source, period: period(now: now),
                limits: limits(), generated: now,
                thresholds: threshold.isEmpty ? nil : threshold.sorted(), onProgress: show)
        }
    }

    private func period(now: UTCTime) throws -> CalendarPeriod {
        if since != nil {
            let period = try TimeOption.period(
                since: since, until: until, now: now, usualSeconds: 0)
            let days = period.until.seconds(since: period.since) / 86_400
            guard days <= Self.longestPeriod else {
                throw ValidationError(
                    "--since and --until are \(Int(days)) days apart; a report has at most "
                        + "\(Int(Self.longestPeriod)), a century")
            }
            return period
        }
        let period =
            if let week {
                CalendarPeriod(weekOf: try TimeOption.parse("--week", week, now: now))
            } else {
                CalendarPeriod(dayOf: try TimeOption.parse("--day", day ?? "yesterday", now: now))
            }
        guard let period else {
            throw ValidationError("the date is not from 1970-01-01 to 9999-12-30")
        }
        return period
    }

    private func limits() throws -> DayLimits {
        do throws(DayLimitsError) {
            return try DayLimits(parsing: dayLimits)
        } catch {
            throw ValidationError("--day-limits: \(error)")
        }
    }

    /// The source from the option, or the only one there is.
    private func chosenSource(_ reader: EventReader) throws -> String? {
        let known = try reader.levelSources()
        if let source {
            if !known.contains(source) { LevelSource.warn(source, known: known) }
            return source
        }
        guard known.count <= 1 else {
            throw ValidationError(
                "there are several sources; name one with --source: "
                    + known.joined(separator: ", "))
        }
        return known.first
    }

    private func write(_ document: String) throws {
        guard let output else { return try StandardStream.output.write(document) }
        try ReportFile(path: output).write(document)
    }
}
