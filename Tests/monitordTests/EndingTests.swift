import Acoustics
import EventStore
import Foundation
import TestSupport
import Testing

/// How the monitor ends, and what the next one finds.
@Suite struct EndingTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Starts to hear the siren at the pace of a microphone.
    private func startSiren(
        _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> RunningProcess {
        let path = try place.recording("siren.wav", Scene.siren())
        return try place.start(["--source", "file:" + path] + arguments, environment: environment)
    }

    private func waitForOpenSiren() async throws {
        try await waitUntil("the siren is heard") {
            try place.events().contains { $0.label == "siren" && $0.status == .open }
        }
    }

    /// A rule whose command writes `NAME-begun`, waits for the file `go`, and writes `NAME-done`.
    private func patientRule(_ name: String) -> String {
        let path = place.directory.path(name)
        return """
              - name: \(name)
                labels: [siren]
                shell: >-
                  echo > '\(path)-begun'; until [ -e '\(place.directory.path("go"))' ];
                  do sleep 0.02; done; echo > '\(path)-done'

            """
    }

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: place.directory.path(name))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalEndsTheMonitorInOrder(_ signal: Int32) async throws {
        let socket = try NotificationSocket(path: place.directory.path("notify"))
        let configuration = try place.file(
            "monitord.yaml", "rules:\n" + patientRule("patient") + "hooks: {grace: 60s}\n")
        let process = try startSiren(
            ["--config", configuration], environment: ["NOTIFY_SOCKET": socket.path])
        try await waitUntil("the command runs") { exists("patient-begun") }
        #expect(try socket.received() == ["READY=1"])
        process.send(signal)
        try await waitUntil("the service manager is told") {
            try socket.received() == ["READY=1", "STOPPING=1"]
        }
        // The end has begun, and waits for the command.
        #expect(!exists("patient-done"))
        _ = try place.file("go", "")
        let output = try await process.wait(within: .seconds(10))
        #expect(output.status == 0, "\(output.standardError)")
        #expect(exists("patient-done"))
        #expect(try socket.received() == ["READY=1", "STOPPING=1"])

        let siren = try #require(try place.events().first { $0.label == "siren" })
        #expect(siren.status == .complete)
        #expect(siren.heardUntil > siren.onset && siren.heardUntil <= .now())
        let run = try #require(try EventReader(path: place.database).hookRuns().first)
        #expect(run.outcome == .exited && run.exitStatus == 0 && run.eventID == siren.id)
        #expect(try place.onlyRecording().status == .complete)
    }

    @Test func aCommandIsStoppedWhenItsGraceIsOver() async throws {
        let configuration = try place.file(
            "monitord.yaml", "rules:\n" + patientRule("endless") + "hooks: {grace: 500ms}\n")
        let process = try startSiren(["--config", configuration])
        try await waitUntil("the command runs") { exists("endless-begun") }
        process.send(SIGTERM)
        let output = try await process.wait(within: .seconds(20))
        #expect(output.status == 0, "\(output.standardError)")
        #expect(!exists("endless-done"))
        let runs = try EventReader(path: place.database).hookRuns()
        #expect(runs.map(\.outcome) == [.interrupted])
    }

    @Test func aKilledMonitorLosesNothingThatHadEnded() async throws {
        let path = try place.recording("part.wav", Scene.birdAndSiren())
        let process = try place.start(["--source", "file:" + path])
        try await waitForOpenSiren()
        #expect(try await place.listed().contains { $0.label == "siren" && $0.status == "open" })
        let before = try place.events()
        process.send(SIGKILL)
        #expect(try await process.wait(within: .seconds(10)).signal == SIGKILL)

        // Nobody has the database, and what was open is still open.
        #expect(try place.events().contains { $0.status == .open })
        let bird = try place.recording("bird.wav", Scene.part(0, 5))
        let output = try await place.hear(bird, ["--start-time", "now"])
        #expect(output.status == 0, "\(output.standardError)")
        let after = try place.events()
        for event in before {
            let found = try #require(after.first { $0.id == event.id })
            #expect(found.label == event.label && found.onset == event.onset)
            if event.status == .open {
                // It may have grown, or even ended, between the look and the kill.
                #expect(found.status != .open && found.heardUntil >= event.heardUntil)
            } else {
                #expect(found == event)
            }
        }
        let siren = try #require(after.first { $0.label == "siren" })
        #expect(siren.status == .interrupted && siren.heardUntil > siren.onset)
        let recordings = try EventReader(path: place.database).recordings()
        #expect(recordings.map(\.status) == [.interrupted, .complete])
        // No number is used twice.
        #expect(Set(after.map(\.id)).count == after.count)
    }

    @Test func aSecondMonitorIsRefused() async throws {
        let process = try startSiren()
        try await waitUntil("the first one listens") {
            try process.standardError().contains("listening")
        }
        let second = try await place.hear(try place.recording("bird.wav", Scene.part(0, 5)))
        #expect(second.status == 75)
        #expect(
            second.standardError == "monitord: error: another monitor "
                + "(pid \(process.processIdentifier)) writes to \(place.database); stop it, or use "
                + "another database\n")
        process.send(SIGTERM)
        #expect(try await process.wait(within: .seconds(10)).status == 0)
        #expect(try EventReader(path: place.database).recordings().map(\.source) == ["siren.wav"])
    }

    /// A signal that comes before the first sound is obeyed too.
    @Test func aMonitorThatHasHeardNothingEnds() async throws {
        let pipe = place.directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        // On Linux a pipe that is open for both never blocks and never ends: fifo(7).
        let descriptor = open(pipe, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let socket = try NotificationSocket(path: place.directory.path("notify"))
        let process = try RunningProcess(
            [place.monitord.path, "--database", place.database, "--source", "stdin"],
            environment: ["NOTIFY_SOCKET": socket.path], standardInput: pipe)
        try await waitUntil("the database is made") {
            FileManager.default.fileExists(atPath: place.database)
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .seconds(10))
        #expect(output.status == 0, "\(output.standardError)")
        #expect(try socket.received() == ["STOPPING=1"])
        #expect(try EventReader(path: place.database).recordings().isEmpty)
    }
}
