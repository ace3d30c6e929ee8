import AlertTypes
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// How the monitor ends, and what the next one finds.
@Suite struct EndingTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// A rule whose command writes `NAME-begun`, waits for the file `go`, and writes `NAME-done`.
    private func patientRule(_ name: String) -> String {
        let path = place.directory.path(name)
        return """
              - name: \(name)
                labels: [siren]
                timeout: 1h
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
        let socket = try DatagramSocket(path: place.directory.path("notify"))
        let configuration = try place.file(
            "monitord.yaml",
            Scene.tracking + "rules:\n" + patientRule("patient") + "hooks: {grace: 5m}\n")
        let process = try place.listen(
            to: Scene.siren(), ["--config", configuration],
            environment: ["NOTIFY_SOCKET": socket.path])
        try await waitUntil("the command runs") { exists("patient-begun") }
        let beginning = try socket.states()
        #expect(beginning == ["READY=1"])
        process.send(signal)
        try await waitUntil("the service manager is told") {
            try socket.states() == ["READY=1", "STOPPING=1"]
        }
        // The shutdown has begun, and is waiting for the command.
        #expect(!exists("patient-done"))
        _ = try place.file("go", "")
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(exists("patient-done"))
        #expect(try socket.states() == ["READY=1", "STOPPING=1"])

        // A siren that was announced and not settled yet is retracted.
        let events = try place.events(includesRetracted: true)
        // The times of the samples may be off by as long as a thread waits for others.
        let end = UTCTime.now().adding(seconds: 0.5)
        #expect(
            events.allSatisfy {
                [.complete, .retracted].contains($0.status) && $0.heardUntil <= end
            })
        let run = try #require(try EventReader(path: place.database).hookRuns().first)
        #expect(run.outcome == .exited && run.exitStatus == 0)
        let siren = try #require(events.first { $0.id == run.eventID })
        #expect(siren.label == "siren" && siren.heardUntil > siren.onset)
        #expect(try place.onlySession().status == .complete)
    }

    /// What the service manager has no room for is told later; nothing waits for it.
    @Test func aServiceManagerThatTakesNothingHoldsUpNothing() async throws {
        let socket = try DatagramSocket(path: place.directory.path("notify"))
        try socket.fill()
        let process = try place.listen(
            to: Scene.siren(), environment: ["NOTIFY_SOCKET": socket.path])
        try await waitUntil("an event is stored") { try !place.events().isEmpty }
        #expect(try socket.received().allSatisfy { $0 == "x" })
        try await waitUntil("the service manager is told") {
            try socket.states().last == "READY=1"
        }
        try socket.fill()
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
    }

    /// A firing whose command has not been started is in the ledger, and is told from one whose
    /// command ran.
    @Test func firingsThatWaitOutliveAKill() async throws {
        let rules = ["first", "second", "third"].map(patientRule).joined()
        let configuration = try place.file(
            "monitord.yaml", Scene.tracking + "rules:\n" + rules + "hooks: {concurrency: 1}\n")
        let process = try place.listen(to: Scene.endlessSiren(), ["--config", configuration])
        func runs() throws -> [HookRun] {
            guard FileManager.default.fileExists(atPath: place.database) else { return [] }
            return try EventReader(path: place.database).hookRuns().sorted { $0.id < $1.id }
        }
        try await waitUntil("one runs and two wait") {
            try runs().map(\.outcome) == [.running, .waiting, .waiting]
        }
        process.send(SIGKILL)
        #expect(try await process.wait(within: .hang).signal == SIGKILL)
        #expect(try runs().map(\.rule) == ["first", "second", "third"])
        try EventStore(path: place.database).close()
        let notStarted = "not started: the monitor ended before that was known"
        #expect(try runs().map(\.outcome) == [.interrupted, .interrupted, .interrupted])
        #expect(try runs().map(\.outputTail) == ["", notStarted, notStarted])
        // What the killed monitor left behind.
        _ = try place.file("go", "")
        try await waitUntil("the command has ended") { exists("first-done") }
    }

    @Test func aCommandIsStoppedWhenItsGraceIsOver() async throws {
        let configuration = try place.file(
            "monitord.yaml",
            Scene.tracking + "rules:\n" + patientRule("endless") + "hooks: {grace: 500ms}\n")
        let process = try place.listen(to: Scene.siren(), ["--config", configuration])
        try await waitUntil("the command runs") { exists("endless-begun") }
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(!exists("endless-done"))
        let runs = try EventReader(path: place.database).hookRuns()
        #expect(runs.map(\.outcome) == [.interrupted])
    }

    /// A siren that never stops, in parts: once it has begun one of them is always open.
    @Test func aKilledMonitorLosesNothingThatHadEnded() async throws {
        let configuration = try place.file(
            "monitord.yaml",
            Scene.tracking.replacing(
                "tracking:\n", with: "tracking:\n  maximum_duration: 3s\n"))
        let process = try place.listen(
            to: Scene.endlessSiren(), ["--config", configuration])
        var before: [SoundEvent] = []
        try await waitUntil("monitorctl lists an open siren") {
            before = try place.events()
            guard before.contains(where: { $0.status == .complete }) else { return false }
            let open = try await place.listed().filter { $0.status == "open" }
            return open.contains { $0.label == "siren" && $0.offset == nil }
        }
        process.send(SIGKILL)
        #expect(try await process.wait(within: .hang).signal == SIGKILL)

        // Nobody has the database open, and what was open in it still is.
        let left = try place.events()
        #expect(left.contains { $0.status == .open })
        let siren = try place.recording("siren.wav", Scene.siren())
        let output = try await place.hear(siren, ["--start-time", "now"])
        #expect(output.status == 0, "\(output.standardError)")
        let after = try place.events()
        for event in before where event.status == .complete { #expect(after.contains(event)) }
        for var event in left {
            if event.status == .open { event.status = .interrupted }
            #expect(after.contains(event), "\(event) in \(after)")
            #expect(event.heardUntil > event.onset)
        }
        let sessions = try EventReader(path: place.database).sessions()
        #expect(sessions.map(\.status) == [.interrupted, .complete])
        // No number is used twice.
        let new = after.filter { event in
            !left.contains { ($0.id, $0.part) == (event.id, event.part) }
        }
        #expect(!new.isEmpty && Set(new.map(\.id)).isDisjoint(with: left.map(\.id)))
    }

    @Test func aSecondMonitorIsRefused() async throws {
        let process = try place.listen(to: Scene.siren())
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
        #expect(try await process.wait(within: .hang).status == 0)
        #expect(try EventReader(path: place.database).sessions().map(\.source) == ["microphone"])
    }

    /// A signal that comes before the first sound is obeyed too.
    @Test func aMonitorThatHasHeardNothingEnds() async throws {
        let pipe = place.directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        // On Linux a FIFO that is open for both reading and writing never blocks and never ends:
        // fifo(7).
        let descriptor = open(pipe, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let socket = try DatagramSocket(path: place.directory.path("notify"))
        let process = try RunningProcess(
            [place.monitord.path, "--database", place.database, "--source", "stdin"],
            environment: ["NOTIFY_SOCKET": socket.path], standardInput: pipe)
        try await waitUntil("the database is made") {
            FileManager.default.fileExists(atPath: place.database)
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(try socket.states() == ["STOPPING=1"])
        #expect(try EventReader(path: place.database).sessions().isEmpty)
    }
}
