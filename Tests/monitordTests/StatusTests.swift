import Foundation
import TestSupport
import Testing

/// What a running monitor says of itself.
@Suite struct StatusTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    private var socket: String { place.database + ".sock" }

    private func status(_ arguments: [String] = []) async throws -> RunningProcess.Output {
        try await place.monitorctl.start(["status", "--database", place.database] + arguments)
            .wait(within: .hang)
    }

    /// Asks until the answer is as it should be.
    private func status(
        when isExpected: (String) -> Bool
    ) async throws -> RunningProcess.Output {
        let deadline = ContinuousClock.now + .hang
        while true {
            let output = try await status()
            if isExpected(output.standardOutput) { return output }
            try #require(ContinuousClock.now < deadline, "\(output)")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    @Test func aRunningMonitorSaysHowItIsDoing() async throws {
        let monitor = try place.listen(
            to: Scene.birdAndSiren(),
            [
                "--config",
                place.file(
                    "monitord.yaml",
                    Scene.tracking + """
                        rules:
                          - {name: siren-alert, labels: [siren], command: ["true"]}
                        """),
            ])
        let output = try await status {
            $0.contains("sound to command") && $0.contains("  sounds     ")
        }
        #expect(output.status == 0, "\(output)")
        let text = output.standardOutput
        #expect(text.hasPrefix("monitord \(monitor.processIdentifier)  up "))
        #expect(text.contains(": heard for "))
        #expect(text.contains(" s behind, \(Scene.rate) Hz"))
        #expect(text.contains("  level      LAeq "))
        #expect(text.contains("  missing    nothing"))
        #expect(text.contains("rules  1, "))
        #expect(text.contains("store  \(place.database): "))
        let json = try await status(["--format", "json"]).standardOutput
        #expect(json.contains("\"state\":\"heard\"") && json.contains("\"sound_to_hook_s\":{"))
        monitor.send(SIGTERM)
        #expect(try await monitor.wait(within: .hang).status == 0)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func withoutAMonitorThatIsSaid() async throws {
        let output = try await status()
        #expect(output.status == 69)
        #expect(
            output.standardError
                == "monitorctl: error: no monitor is running: nothing listens at \(socket)\n")
    }

    /// What a killed monitor leaves is not mistaken for a monitor, and does not stop the next one.
    @Test func aKilledMonitorIsNotRunning() async throws {
        let first = try place.listen(to: Scene.birdAndSiren())
        _ = try await status { $0.contains(": heard for ") }
        first.send(SIGKILL)
        _ = try await first.wait(within: .hang)
        #expect(FileManager.default.fileExists(atPath: socket))
        #expect(try await status().status == 69)
        let second = try place.listen(to: Scene.birdAndSiren())
        let output = try await status { $0.contains(": heard for ") }
        #expect(output.standardOutput.hasPrefix("monitord \(second.processIdentifier)  up "))
        second.send(SIGTERM)
        #expect(try await second.wait(within: .hang).status == 0)
    }

    /// A microphone that is not there is said, and is a failure of the command.
    @Test func aSourceThatCannotBeHeardIsSaid() async throws {
        let recording = try place.recording("scene.wav", Scene.birdAndSiren())
        let configuration = try place.file(
            "monitord.yaml",
            """
            sources:
              - {name: file, input: "file:\(recording)"}
              - {name: yard, input: "alsa:nowhere_at_all"}
            """)
        let monitor = try place.start(["--config", configuration])
        // The recording may have ended by now.
        let output = try await status { $0.contains("yard  alsa:nowhere_at_all: NOT HEARD: ") }
        #expect(output.status == 1, "\(output)")
        #expect(output.standardOutput.contains("  fault      alsa:nowhere_at_all: "))
        monitor.send(SIGTERM)
        #expect(try await monitor.wait(within: .hang).status == 0)
    }

    /// The monitor listens also where no socket can be made.
    @Test func withoutASocketItListensAllTheSame() async throws {
        let database = place.directory.path(String(repeating: "d", count: 110) + ".db")
        let recording = try place.recording("scene.wav", Scene.birdAndSiren())
        let output = try await place.monitord.start([
            "--database", database, "--source", "file:" + recording, "--speed", "max",
        ]).wait(within: .hang)
        #expect(output.status == 0, "\(output)")
        #expect(output.standardError.contains("the monitor cannot be asked at \(database).sock"))
    }
}
