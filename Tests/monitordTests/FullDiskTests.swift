import Acoustics
import EventStore
import Foundation
import TestSupport
import Testing

/// A disk without room: the monitor goes on hearing, keeps what it cannot store, and says so.
@Suite(.enabled(if: SmallDisk.isAvailable, "needs a mount namespace"))
struct FullDiskTests {
    private static let failure = "no room is left for"

    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Starts to hear a bird and a siren, and fills the disk before the first event.
    private func startOnFullDisk(_ disk: SmallDisk) async throws -> RunningProcess {
        let path = try place.recording("part.wav", Scene.birdAndSiren())
        let process = try disk.start([
            place.monitord.path, "--database", disk.path("events.db"), "--source", "file:" + path,
            "--live",
        ])
        try await waitUntil("the monitor listens") {
            try process.standardError().contains("listening")
                && !recordings(disk).isEmpty
        }
        try await disk.fill()
        try await waitUntil("an event cannot be stored") {
            try process.standardError().contains(Self.failure)
        }
        return process
    }

    private func recordings(_ disk: SmallDisk) throws -> [Recording] {
        try EventReader(path: disk.outsidePath("events.db")).recordings()
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
        let output = try await process.wait(within: .seconds(60))
        #expect(output.status == 0, "\(output.standardError)")
        #expect(lines(output.standardError, with: Self.failure).count == 1)
        #expect(lines(output.standardError, with: "nothing was lost").count == 1)
        let events = try EventReader(path: disk.outsidePath("events.db")).events(EventQuery())
        #expect(events.count == lines(output.standardOutput, with: "<<").count)
        #expect(events.allSatisfy { $0.status == .complete })
        #expect(events.contains { $0.label == "siren" })
        #expect(try recordings(disk).map(\.status) == [.complete])
    }

    @Test func atTheEndTheLogHasWhatCouldNotBeStored() async throws {
        let disk = try await SmallDisk()
        let process = try await startOnFullDisk(disk)
        process.send(SIGTERM)
        let output = try await process.wait(within: .seconds(30))
        #expect(output.status == 74)
        let unwritten = lines(output.standardError, with: "error: not stored: ")
        #expect(unwritten.contains { $0.contains("bird") })
        #expect(
            lines(output.standardError, with: "monitord: error: ") == [
                "monitord: error: \(unwritten.count) changes could not be stored before the end; "
                    + "the log above has them"
            ])
        // The database is whole all the same, and the next monitor can use it.
        try disk.makeRoom()
        #expect(try recordings(disk).map(\.status) == [.running])
        let path = try place.recording("bird.wav", Scene.part(0, 5))
        let next = try await disk.start([
            place.monitord.path, "--database", disk.path("events.db"), "--source", "file:" + path,
            "--speed", "max",
        ]).wait(within: .seconds(60))
        #expect(next.status == 0, "\(next.standardError)")
        #expect(
            try recordings(disk).map(\.status).sorted { "\($0)" < "\($1)" }
                == [.complete, .interrupted])
    }
}
