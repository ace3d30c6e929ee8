internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import Timekeeping

/// `monitorctl silence list`: the silences.
struct SilenceListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the silences that are not over.",
        discussion: """
            Examples:
              monitorctl silence list
              monitorctl silence list --all --format csv

            STATE: active, pending (it has not begun) and, with --all, over.

            Fields of json, jsonl and csv: id, state, created_at, starts_at, ends_at, rule, label, \
            source (null: any), comment.
            """)

    @Flag(help: "Also those that are over.")
    var all = false

    @Option(help: "How to write the list.")
    var format = EventFormat.table

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let now = UTCTime.now()
        let reader = try EventReader(path: database.path())
        let silences = try reader.silences(all: all, now: now)
        let room = StandardStream.output.terminalColumns
        try StandardStream.output.write(format.document(silences, now: now, within: room))
        if silences.isEmpty, format == .table {
            StandardError.write("there is no silence in \(reader.path)")
        }
    }
}
