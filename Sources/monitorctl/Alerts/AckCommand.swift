internal import ArgumentParser
internal import EventStore
internal import Timekeeping

/// `monitorctl ack`: the owner knows of an alert.
struct AckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Say that you know of an alert.",
        discussion: """
            An alert that lasts is not repeated any more; its rule tells when it is over. \
            `monitorctl alerts` shows it as acknowledged. A later one replaces the time and the \
            comment. The monitor may run meanwhile.

            Examples:
              monitorctl ack 42
              monitorctl ack 42 --comment "the neighbour's car"
            """)

    @Argument(help: "The ID that `monitorctl alerts` shows.")
    var id: Int64

    @Option(help: ArgumentHelp("What to say about it.", valueName: "text"))
    var comment: String?

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        try SilenceAddCommand.checkLength("--comment", comment)
    }

    func run() throws {
        let marker = try AlertMarker(path: database.path())
        guard try marker.acknowledge(alert: id, at: .now(), comment: comment ?? "") else {
            throw AlertError.noAlert(id: id, path: marker.path)
        }
    }
}
