import Foundation
import TestSupport
import Testing

/// The log under a service manager: JOURNAL_STREAM of systemd.exec(5).
@Suite struct JournalTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Runs the monitor with JOURNAL_STREAM as `stream`, a shell expression.
    private func run(_ stream: String, _ arguments: [String]) async throws -> String {
        let shell = try RunningProcess(
            [
                "/bin/sh", "-c", "export JOURNAL_STREAM=\(stream); exec \"$0\" \"$@\"",
                place.monitord.path, "--database", place.database,
            ] + arguments)
        return try await shell.wait(within: .hang).standardError
    }

    private static let standardError = "$(stat -L -c %d:%i /dev/stderr)"

    @Test func linesBeginWithTheirPriority() async throws {
        let path = try place.recording("quiet.wav", Scene.silence(seconds: 1))
        // A start that is given need not be explained.
        let arguments = [
            "--source", "file:" + path, "--speed", "max", "--start-time", "2026-11-22 18:00",
        ]
        #expect(
            try await run(Self.standardError, arguments) == """
                <6>quiet.wav: levels are relative to full scale, because nothing is known of the \
                microphone
                <6>quiet.wav: listening at 32000 Hz
                <6>quiet.wav: ended

                """)
        // Standard error goes elsewhere: the lines have a time and a level.
        let lines = try await run("1:1", arguments).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info: quiet/) })
    }

    @Test func theReasonOfTheEndIsAnError() async throws {
        let log = try await run(Self.standardError, ["--source", "hw:0"])
        #expect(log.hasPrefix("<3>monitord: error: source: \"hw:0\" does not name a source"))
    }
}
