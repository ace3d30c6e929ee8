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
        #expect(try reader(disk).sessions().last?.status == .complete)
    }
}
