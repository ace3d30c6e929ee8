import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import monitord

/// The log under a service manager: JOURNAL_STREAM of systemd.exec(5), and the journal's socket.
@Suite struct JournalTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Starts the monitor with JOURNAL_STREAM as `stream`, a shell expression.
    private func start(
        _ stream: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProcess {
        try RunningProcess(
            [
                "/bin/sh", "-c", "export JOURNAL_STREAM=\(stream); exec \"$0\" \"$@\"",
                place.monitord.path, "--database", place.database,
            ] + arguments,
            environment: [Journal.variable: journalPath].merging(environment) { $1 })
    }

    /// Runs it to its end, and returns its log.
    private func run(_ stream: String, _ arguments: [String]) async throws -> String {
        try await start(stream, arguments).wait(within: .hang).standardError
    }

    private static let standardError = "$(stat -L -c %d:%i /dev/stderr)"

    private var journalPath: String { place.directory.path("journal") }

    /// What a second of silence takes.
    private func quietRecording() throws -> [String] {
        let path = try place.recording("quiet.wav", Scene.silence(seconds: 1))
        // A start that is given need not be explained.
        return ["--source", "file:" + path, "--speed", "max", "--start-time", "2026-11-22 18:00"]
    }

    private static let quietLines = [
        "quiet.wav: levels are relative to full scale, because nothing is known of the microphone",
        "quiet.wav: listening at 32000 Hz", "quiet.wav: ended",
    ]

    @Test func theJournalGetsFields() async throws {
        let journal = try DatagramSocket(path: journalPath)
        #expect(try await run(Self.standardError, quietRecording()) == "")
        let entries = Self.quietLines.map {
            "MESSAGE=\($0)\nPRIORITY=6\nSYSLOG_IDENTIFIER=monitord\n"
                + "EARWITNESS_SOURCE=quiet.wav\n"
        }
        #expect(try journal.received() == entries)
    }

    /// Nobody is at its socket: the lines begin with their priority.
    @Test func aJournalThatIsAwayGetsLines() async throws {
        let lines = Self.quietLines.map { "<6>\($0)\n" }.joined()
        #expect(try await run(Self.standardError, quietRecording()) == lines)
    }

    /// The monitor ends although nobody reads.
    @Test func aJournalWithoutRoomGetsLines() async throws {
        let journal = try DatagramSocket(path: journalPath)
        try journal.fill()
        let lines = Self.quietLines.map { "<6>\($0)\n" }.joined()
        #expect(try await run(Self.standardError, quietRecording()) == lines)
    }

    @Test func elsewhereLinesHaveATimeAndALevel() async throws {
        let journal = try DatagramSocket(path: journalPath)
        let lines = try await run("1:1", quietRecording()).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info: quiet/) })
        #expect(try journal.received() == [])
    }

    @Test func aGapHasItsCause() async throws {
        let journal = try DatagramSocket(path: journalPath)
        let microphone = try Workplace.microphone(Scene.siren())
        let process = try start(
            Self.standardError, ["--source", "alsa:" + microphone.deviceName],
            environment: TestMicrophone.environment)
        try await waitUntil("it listens") {
            try journal.received().contains { $0.contains(": listening at ") }
        }
        try microphone.set(.disconnected)
        try await waitUntil("the gap is known") {
            try journal.received().contains {
                $0.contains("\nPRIORITY=4\n")
                    && $0.hasSuffix("\nEARWITNESS_SOURCE=microphone\nEARWITNESS_GAP=disconnected\n")
            }
        }
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
    }

    @Test func whatARuleDoesHasItsNumbers() async throws {
        let journal = try DatagramSocket(path: journalPath)
        let path = try place.recording("scene.wav", Scene.siren())
        let rule = "rules: [{name: told, labels: [siren], then: [{log: warning}]}]\n"
        let configuration = try place.file("monitord.yaml", Scene.tracking + rule)
        let arguments = ["--config", configuration, "--source", "file:" + path, "--speed", "max"]
        #expect(try await run(Self.standardError, arguments) == "")
        let event = try #require(try place.events().first).id
        let numbers = "EARWITNESS_RULE=told\nEARWITNESS_ALERT=1\nEARWITNESS_EVENT=\(event)\n"
        let entries = try journal.received()
        #expect(
            entries.contains { $0.hasPrefix("MESSAGE=rule told fires") && $0.hasSuffix(numbers) })
        // The action writes a line, and another one says that it is done.
        let action = numbers + "EARWITNESS_ACTION=log\nEARWITNESS_RUN=1\n"
        #expect(
            entries.filter { $0.hasSuffix(action) }.map { $0.contains("\nPRIORITY=4\n") }
                == [true, false])
    }

    @Test func theReasonOfTheEndIsAnError() async throws {
        let journal = try DatagramSocket(path: journalPath)
        let log = try await run(Self.standardError, ["--source", "hw:0"])
        #expect(log.hasPrefix("<3>monitord: error: source: \"hw:0\" does not name a source"))
        #expect(try journal.received() == [])
    }
}
