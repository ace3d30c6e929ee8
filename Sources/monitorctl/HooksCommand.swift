internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import SoundTypes
internal import Timekeeping

/// `monitorctl hooks`: what the rules ran, and how it ended.
struct HooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks",
        abstract: "List the commands that rules ran, and how they ended.",
        discussion: """
            Every attempt of every action is here, whether or not it was started. Without \
            --since: those of the 24 hours before --until, or before now; with --limit or --alert, \
            all of the past. The oldest comes first.

            Examples:
              monitorctl hooks
              monitorctl hooks --failed --since 1w
              monitorctl hooks --rule siren-alert --limit 5
              monitorctl hooks --alert 42
              monitorctl hooks --since today --format csv > today.csv
              monitorctl hooks --failed --format json | jq -r '.[].output'

            OCCASION: fired, repeated, resolved; test: somebody tried the rule. OUTCOME: waiting \
            (not yet started), running, exited with its status, ended by a signal, timed out \
            (stopped), not started (OUTPUT says why), interrupted (the monitor ended first), \
            dropped (it never will be; OUTPUT says why). OUTPUT is the last line; json, jsonl and \
            csv have the last 4 KiB.

            Fields of json, jsonl and csv: id, rule, event_id, fired_at (on the clock of the \
            audio), started_at (wall clock), outcome (waiting, running, exited, signalled, \
            timed_out, failed_to_start, interrupted, dropped), exit_status, signal, duration_s, \
            output, alert_id (null in runs of before there were alerts), action, occasion, \
            attempt, test.
            """)

    /// How far to look back if nothing else is asked for, in seconds.
    private static let usualPeriod = 86_400.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only commands started at this time or later.", valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only commands started before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Only those of this rule.", valueName: "name"))
    var rule: String?

    @Option(help: ArgumentHelp("Only those of this alert.", valueName: "id"))
    var alert: Int64?

    @Flag(help: "Only those that did not end with status 0.")
    var failed = false

    @Option(help: ArgumentHelp("Only the newest, so many.", valueName: "count"))
    var limit: Int?

    @Option(help: "How to write the list.")
    var format = EventFormat.table

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not 1 or more") }
        _ = try period(now: .now())
    }

    func run() throws {
        let period = try period(now: .now())
        let reader = try EventReader(path: database.path())
        let runs = try reader.hookRuns(
            since: period.since, until: period.until, rule: rule, alerts: alert.map { $0...$0 },
            failedOnly: failed, limit: limit)
        try warn(reader)
        try StandardStream.output.write(
            format.document(runs, within: StandardStream.output.terminalColumns))
        if runs.isEmpty, format == .table {
            let since = period.since.map { " since \($0.localDescription)" } ?? ""
            StandardError.write("no such command\(since) in \(reader.path)")
        }
    }

    private func period(now: UTCTime) throws -> (since: UTCTime?, until: UTCTime?) {
        try TimeOption.bounds(
            since: since, until: until, now: now,
            usualSeconds: limit == nil && alert == nil ? Self.usualPeriod : nil)
    }

    /// A misspelt name matches nothing; say so.
    private func warn(_ reader: EventReader) throws {
        let known = try reader.knownRules()
        guard let rule, !known.contains(rule) else { return }
        let list = known.isEmpty ? "none yet" : known.joined(separator: ", ")
        StandardError.write("warning: no rule \"\(rule)\" ever fired; known: \(list)")
    }
}
