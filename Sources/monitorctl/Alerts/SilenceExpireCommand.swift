internal import AlertTypes
internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import Timekeeping

/// `monitorctl silence expire`: a silence ends before its time.
struct SilenceExpireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "End a silence now, also one that has not begun.",
        discussion: """
            Example:
              monitorctl silence expire 3
            """)

    @Argument(help: "The ID that `monitorctl silence list` shows.")
    var id: Int64

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let writer = try SilenceWriter(path: database.path())
        switch try writer.expire(id, at: .now()) {
        case .expired(let silence): try StandardStream.output.write(silence.summary + "\n")
        case .over(let silence):
            StandardError.write(
                "silence \(id) was over already, at \(silence.endsAt.localDescription)")
        case .unknown: throw AlertError.noSilence(id: id, path: writer.path)
        }
    }
}
