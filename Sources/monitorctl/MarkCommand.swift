internal import ArgumentParser
internal import EventStore
internal import Explanation
internal import SoundTypes
internal import Timekeeping

/// `monitorctl mark`: whether a stored event was what its label says.
struct MarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Say whether a stored event was what its label says.",
        discussion: """
            The mark stays with the event, all of its parts, and `monitorctl events` shows it: ✓ \
            for right, ✗ for wrong and what it was. A later mark replaces it. The monitor may run \
            meanwhile.

            Examples:
              monitorctl mark 42 right
              monitorctl mark 43 wrong
              monitorctl mark 43 wrong --label doorbell
              monitorctl mark 43 none
              monitorctl events --format json | jq '.[] | select(.mark == "wrong")'
            """)

    enum Verdict: String, ExpressibleByArgument, CaseIterable {
        case right, wrong
        /// No mark.
        case none
    }

    @Argument(help: "The ID that `monitorctl events` shows.")
    var id: Int64

    @Argument(help: "What to say about it.")
    var verdict: Verdict

    @Option(help: ArgumentHelp("What it was instead.", valueName: "name"))
    var label: String?

    @OptionGroup
    var database: DatabaseOption

    private static let acceptedLabelLength = 1...100

    func validate() throws {
        guard let label else { return }
        guard verdict == .wrong else {
            throw ValidationError("--label says what it was instead: it goes with wrong only")
        }
        guard Self.acceptedLabelLength.contains(label.utf8.count) else {
            throw ValidationError("--label has \(label.utf8.count) bytes; accepted: 1 to 100")
        }
    }

    func run() throws {
        let marker = try EventMarker(path: database.path())
        let mark: EventMark? =
            switch verdict {
            case .right: EventMark(verdict: .right)
            case .wrong: EventMark(verdict: .wrong, label: label)
            case .none: nil
            }
        guard try marker.mark(event: id, mark, at: .now()) else {
            throw ExplainError.noEvent(id: id, path: marker.path)
        }
    }
}
