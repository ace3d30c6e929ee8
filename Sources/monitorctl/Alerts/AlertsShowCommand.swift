internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings

/// `monitorctl alerts show`: why an alert fired, and what was done about it.
struct AlertsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Say why an alert fired, and what was done about it.",
        discussion: """
            When the sound began, when it was detected, when the rule fired and when the first \
            command started; each condition with what was found; the events, those that were \
            retracted, too; each run of an action, how long after the firing it started (DELAY), \
            how it ended, and what it wrote.

            Examples:
              monitorctl alerts show 42
              monitorctl alerts show 42 --format json | jq '.runs[].outcome'

            JSON: one object with the fields of `monitorctl alerts --format json`, \
            hook_started_at, and runs, a list with the fields of `monitorctl hooks --format json` \
            and start_delay_s.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: "The ID that `monitorctl alerts` shows.")
    var id: Int64

    @Option(help: "How to write it.")
    var format = Format.text

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let reader = try EventReader(path: database.path())
        guard let alert = try reader.alert(id) else {
            throw AlertError.noAlert(id: id, path: reader.path)
        }
        let report = AlertReport(alert, runs: try reader.hookRuns(alerts: id...id))
        try StandardStream.output.write(format == .json ? report.json : report.text)
    }
}
