import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct MarkCommandTests {
    let directory: TemporaryDirectory
    let path: String
    let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
        let store = try EventStore(path: path)
        let onset = UTCTime(microseconds: 1_795_366_800_000_000)
        try store.write([
            .event(
                SoundEvent(
                    id: 7, source: "mic", label: "dog", onset: onset,
                    heardUntil: onset.adding(seconds: 1), peakConfidence: 0.9,
                    meanConfidence: 0.8, status: .complete))
        ])
        try store.close()
    }

    private func run(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(arguments + ["--database", path])
    }

    @Test func aMarkIsShown() throws {
        let output = try run(["mark", "7", "wrong", "--label", "doorbell"])
        #expect(output.status == 0 && output.standardOutput == "" && output.standardError == "")
        let events = try run(["events", "--since", "2026-11-22T00:00:00Z"])
        #expect(events.standardOutput.contains("dog ✗ doorbell"))
        #expect(try run(["mark", "7", "none"]).status == 0)
        let csv = try run(["events", "--since", "2026-11-22T00:00:00Z", "--format", "csv"])
        #expect(csv.standardOutput.hasSuffix(",,\r\n"))
    }

    /// The same answer as that of `explain`.
    @Test func anEventThatIsNotThere() throws {
        let mark = try run(["mark", "999", "right"])
        #expect(mark.status == 66)
        #expect(mark.standardError == "monitorctl: error: there is no event 999 in \(path)\n")
        let explain = try run(["explain", "999", "--no-picture"])
        #expect(explain.status == 66 && explain.standardError == mark.standardError)
    }

    @Test(arguments: [
        (["7", "maybe"], "maybe"),
        (["x", "right"], "x"), (["7", "right", "--label", "cat"], "goes with wrong only"),
        (["7", "wrong", "--label", ""], "accepted: 1 to 100"),
    ])
    func wrongArgumentsAreNamed(arguments: [String], message: String) throws {
        let output = try run(["mark"] + arguments)
        #expect(output.status == 64)
        #expect(output.standardError.contains(message))
    }
}
