import AlertTypes
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing

/// A full disk: the monitor goes on hearing, keeps what it cannot store, and says so.
@Suite(.enabled(if: SmallDisk.isAvailable, "needs a mount namespace"))
struct FullDiskTests {
    private static let failure = "no room is left for"

    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Starts hearing birds and sirens, and fills the disk.
    private func startOnFullDisk(_ disk: SmallDisk) async throws -> RunningProcess {
        let device = try Workplace.microphone(Scene.birdAndSiren()).deviceName
        let process = try disk.start(
            [place.monitord.path, "--database", disk.path("events.db")]
                + place.configured(["--source", "alsa:" + device, "--live"]))
        try await waitUntil("the monitor listens") {
            try process.standardError().contains("listening")
        }
        try await disk.fill()
        try await waitUntil("an event cannot be stored") {
            try process.standardError().contains(Self.failure)
        }
        return process
    }

    /// Copies the database from the disk and opens the copy.
    private func reader(_ disk: SmallDisk) throws -> EventReader {
        let copy = try TemporaryDirectory()
        for name in ["events.db", "events.db-wal", "events.db-shm"] {
            try FileManager.default.copyItem(
                atPath: disk.outsidePath(name), toPath: copy.path(name))
        }
        return try EventReader(path: copy.path("events.db"))
    }

    /// A monitor that starts on a full disk hears and alerts; the numbers of events go on where
    /// they were, and everything is stored once there is room.
    @Test(arguments: [true, false])
    func aMonitorThatStartsOnAFullDiskListens(hasDatabase: Bool) async throws {
        let disk = try await SmallDisk()
        if hasDatabase {
            let path = try place.recording("bird.wav", Scene.part(0, 5))
            let first = try await disk.start([
                place.monitord.path, "--database", disk.path("events.db"), "--source",
                "file:" + path, "--speed", "max",
            ]).wait(within: .hang)
            #expect(first.status == 0, "\(first.standardError)")
        }
        try await disk.fill()
        let before = hasDatabase ? try reader(disk).events(EventQuery()) : []
        let alerts = place.directory.path("alerts")
        let configuration = try place.file(
            "monitord.yaml",
            Scene.tracking
                + "rules: [{name: alert, shell: 'echo $EARWITNESS_EVENT_ID >> \(alerts)'}]\n")
        let device = try Workplace.microphone(Scene.birdAndSiren()).deviceName
        let process = try disk.start([
            place.monitord.path, "--database", disk.path("events.db"), "--config", configuration,
            "--source", "alsa:" + device,
        ])
        try await waitUntil("a command has run") {
            FileManager.default.fileExists(atPath: alerts)
        }
        let said = "the monitor listens and runs commands all the same"
        #expect(lines(try process.standardError(), with: said).count == 1)
        #expect(lines(try process.standardError(), with: Self.failure).count >= 1)
        try disk.makeRoom()
        try await waitUntil("the monitor has stored it") {
            try process.standardError().contains("the event database can be written again")
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        let reader = try reader(disk)
        let events = try reader.events(EventQuery(includesRetracted: true))
        let alerted = try String(contentsOfFile: alerts, encoding: .utf8)
            .split(separator: "\n").compactMap { Int64($0) }
        #expect(Set(alerted).isSubset(of: events.map(\.id)))
        #expect(Set(alerted).isDisjoint(with: before.map(\.id)))
        for event in before { #expect(events.contains(event)) }
        #expect(try reader.hookRuns().map(\.outcome).allSatisfy { $0 == .exited })
        #expect(try reader.sessions().last?.status == .complete)
    }

    @Test func whatWasHeldBackIsStoredWhenThereIsRoom() async throws {
        let disk = try await SmallDisk()
        let process = try await startOnFullDisk(disk)
        try await waitUntil("an event ends meanwhile") {
            try process.standardOutput().contains("<<")
        }
        try disk.makeRoom()
        try await waitUntil("the monitor has stored it") {
            try process.standardError().contains("the event database can be written again")
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(lines(output.standardError, with: Self.failure).count == 1)
        #expect(lines(output.standardError, with: "nothing was lost").count == 1)
        let reader = try reader(disk)
        let events = try reader.events(EventQuery())
        #expect(events.count == lines(output.standardOutput, with: "<<").count)
        #expect(events.allSatisfy { $0.status == .complete })
        #expect(try reader.sessions().map(\.status) == [.complete])
    }

    @Test func atTheEndTheLogHasWhatCouldNotBeStored() async throws {
        let disk = try await SmallDisk()
        let process = try await startOnFullDisk(disk)
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 74)
        let unwritten = lines(output.standardError, with: "error: not stored: ")
        #expect(!unwritten.isEmpty)
        #expect(
            lines(output.standardError, with: "monitord: error: ") == [
                "monitord: error: \(unwritten.count) changes could not be stored before the end; "
                    + "the log above has them"
            ])
        // The database is intact all the same, and the next monitor can use it.
        try disk.makeRoom()
        let path = try place.recording("bird.wav", Scene.part(0, 5))
        let next = try await disk.start([
            place.monitord.path, "--database", disk.path("events.db"), "--source", "file:" + path,
            "--speed", "max",
        ]).wait(within: .hang)
        #expect(next.status == 0, "\(next.standardError)")
        // It ended now, so it began before the session that the full disk cut short.
        let session = try reader(disk).sessions().first { $0.source == "bird.wav" }
        #expect(session?.status == .complete)
    }
}
