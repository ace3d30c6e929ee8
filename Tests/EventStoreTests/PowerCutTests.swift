import AlertTypes
import EventStore
import Foundation
import GRDB
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct PowerCutTests {
    let directory: TemporaryDirectory
    let path: String
    let store: EventStore

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
    }

    /// Copies what would be on disk after a power cut: no shared memory, and the WAL up to `length`
    /// bytes.
    private func diskAfterPowerCut(walLength length: Int? = nil) throws -> String {
        let copy = directory.path("copy-\(UUID().uuidString).db")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        let wal = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        try wal.prefix(length ?? wal.count).write(to: URL(fileURLWithPath: copy + "-wal"))
        return copy
    }

    @Test func whatWasOpenBecomesInterrupted() throws {
        let rate = try #require(SampleRate(hertz: 16_000))
        let session = ListeningSession(
            id: store.nextSessionID(), source: "mic", started: evening,
            ended: evening.adding(seconds: 60), sampleRate: rate, capturedSamples: 960_000,
            lostSamples: 0, model: "m", status: .running)
        try store.write([
            .event(event(1)), .event(event(2, at: 3, for: 2, .open)), .session(session),
        ])
        try store.write([
            .hookRun(
                HookRun(id: 1, rule: "alarm", eventID: 2, firedAt: evening, startedAt: evening))
        ])
        let copy = try diskAfterPowerCut()
        // A reader sees the state at the cut; the next monitor says what became of it.
        #expect(try EventReader(path: copy).events(EventQuery()).map(\.offset).last == .some(nil))
        let next = try EventStore(path: copy)
        let reader = try EventReader(path: copy)
        let events = try reader.events(EventQuery())
        #expect(events == [event(1), event(2, at: 3, for: 2, .interrupted)])
        #expect(events.last?.offset == evening.adding(seconds: 5))
        #expect(try reader.sessions().map(\.status) == [.interrupted])
        #expect(try reader.hookRuns().map(\.outcome) == [.interrupted])
        #expect(next.nextEventID() == 3)
        #expect(next.nextSessionID() == 2)
    }

    /// A WAL torn at any point yields the batches before it, whole.
    @Test func aTornLogGivesWholeBatches() throws {
        for batch in 0..<Int64(8) {
            try store.write((1...3).map { .event(event(batch * 3 + $0, .open)) })
        }
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int)
        var counts: Set<Int> = []
        var last = 0
        for length in stride(from: 0, through: size, by: 1_531) {
            let copy = try diskAfterPowerCut(walLength: length)
            let events = try EventReader(path: copy).events(EventQuery())
            #expect(events.count % 3 == 0)
            #expect(events.count >= last)
            #expect(events.map(\.id) == (1...24).prefix(events.count).map(Int64.init))
            counts.insert(events.count)
            last = events.count
            try EventStore(path: copy).close()
            #expect(
                try inside(copy) { db in
                    try String.fetchAll(db, sql: "PRAGMA integrity_check")
                } == ["ok"])
        }
        #expect(counts.count >= 8)
    }

    /// A transaction that was being written when the power failed leaves nothing.
    @Test func anUnfinishedTransactionLeavesNothing() throws {
        try store.write([.event(event(1))])
        let copy = try inside(path) { db in
            // A cache so small that pages of the open transaction reach the log.
            try db.execute(sql: "PRAGMA cache_size = 1; PRAGMA wal_autocheckpoint = 0; BEGIN")
            let before = try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).count
            try db.execute(
                sql: """
                    WITH RECURSIVE n(value) AS
                      (SELECT 2 UNION ALL SELECT value + 1 FROM n WHERE value < 5000)
                    INSERT INTO event SELECT value, 1, 1, 1, 0, 0, 0, 0, 'open', NULL,
                      NULL, NULL, NULL, NULL, NULL FROM n
                    """)
            let after = try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).count
            #expect(after > before, "nothing of the transaction reached the log")
            let copy = try diskAfterPowerCut()
            try db.execute(sql: "ROLLBACK")
            return copy
        }
        #expect(try EventReader(path: copy).events(EventQuery()) == [event(1)])
        #expect(openingError(copy) == nil)
    }
}
