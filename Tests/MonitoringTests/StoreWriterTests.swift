import Database
import EventStore
import Foundation
import GRDB
import LevelTypes
import Logging
import Monitoring
import SoundTypes
import Synchronization
import TestSupport
import Testing
import Timekeeping

/// 2026-11-22T17:00:00Z
let evening = UTCTime(microseconds: 1_795_366_800_000_000)

func change(_ id: Int64, _ status: SoundEvent.Status = .complete) -> StoreChange {
    let onset = evening.adding(seconds: Double(id))
    return .event(
        SoundEvent(
            id: id, source: "mic", label: "dog", onset: onset, heardUntil: onset,
            peakConfidence: 0.5, meanConfidence: 0.5, status: status))
}

@Suite struct StoreWriterTests {
    private let directory: TemporaryDirectory
    private let path: String
    /// Before the first event that ends.
    private let beginning: EventCursor
    private let log = TestLog()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        try EventStore(path: path).close()
        beginning = try EventReader(path: path).endedEvents(EventQuery()).cursor
    }

    /// A way into the database that bypasses the store.
    private func connection() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Opens a store that cannot grow at all. `makeRoom` gives it about 200 kB.
    private func fullStore() throws -> EventStore {
        let queue = try connection()
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE filler (content BLOB)")
            try db.execute(sql: "INSERT INTO filler VALUES (zeroblob(200000))")
        }
        try queue.close()
        return try EventStore(path: path, maximumBytes: 4_096)
    }

    /// Stores events until not one more fits into the existing pages.
    private func takeTheLastRoom(_ store: EventStore) {
        var (id, count) = (Int64(1_000), Int64(64))
        while count > 0 {
            do throws(StoreError) {
                try store.write((id..<(id + count)).map { change($0) })
                id += count
            } catch {
                count /= 2
            }
        }
    }

    private func makeRoom() throws {
        let queue = try connection()
        try queue.write { db in try db.execute(sql: "DROP TABLE filler") }
        try queue.close()
    }

    /// A connection that keeps everybody else from writing until it ends.
    private func lockedDatabase() throws -> DatabaseQueue {
        let queue = try connection()
        try queue.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        return queue
    }

    private func unlock(_ queue: DatabaseQueue) throws {
        try queue.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        try queue.close()
    }

    /// The ids of the stored events in the order in which their ends were written.
    private func storedIDs() throws -> [Int64] {
        try EventReader(path: path).endedEvents(after: beginning, EventQuery()).events.map(\.id)
    }

    /// More than the rest of the last pages can hold.
    private static let many: [Int64] = (1...500).map { $0 * 7 % 501 }

    private func picture(_ id: Int64, bytes: Int = 1) -> EventPicture {
        EventPicture(
            eventID: id, start: evening, features: FeatureParameters(bands: 1),
            frames: [UInt8](repeating: 0, count: bytes),
            labels: ["dog"], scores: [255], framesPerStep: 1, model: "m",
            parameters: LabelParameters())
    }

    /// Pictures never hold anything up: any that are too many are dropped, and the log says so
    /// once.
    @Test func tooManyPicturesAreDropped() async throws {
        let store = try EventStore(path: path)
        let lock = try lockedDatabase()
        let writer = StoreWriter(store: store, logger: log.logger)
        for id in 1...70 as ClosedRange<Int64> { writer.offer(picture(id)) }
        await writer.add(change(1))
        #expect(writer.pendingCount == 65)
        #expect(log.count("has no picture") == 1)
        #expect(log.count("event 65 has no picture: too many wait to be stored") == 1)
        try unlock(lock)
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        writer.offer(picture(71))
        try await waitUntil("there is room again") { writer.pendingCount == 0 }
        let reader = try EventReader(path: path)
        #expect(try reader.picture(ofEvent: 64) == picture(64))
        #expect(try reader.picture(ofEvent: 65) == nil)
        #expect(try reader.picture(ofEvent: 71) == picture(71))
    }

    /// The remaining room is not for pictures. This one finds none in what a page has left, even
    /// if it is written by itself.
    @Test func aFullDiskDropsPictures() async throws {
        let store = try fullStore()
        takeTheLastRoom(store)
        let writer = StoreWriter(store: store, logger: log.logger)
        writer.offer(picture(1, bytes: 65_000))
        await writer.add(change(1))
        try await waitUntil("the database is full") { log.count("no room is left") > 0 }
        try await waitUntil("the pictures are gone") {
            log.count("pictures of events were dropped") > 0
        }
        try makeRoom()
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs().contains(1))
        #expect(try EventReader(path: path).picture(ofEvent: 1) == nil)
    }

    @Test func changesOutliveAFullDatabase() async throws {
        let writer = StoreWriter(store: try fullStore(), logger: log.logger)
        for id in Self.many { await writer.add(change(id, .open)) }
        for id in Self.many { await writer.add(change(id)) }
        try await waitUntil("the database is full") { log.count("no room is left") > 0 }
        #expect(writer.pendingCount > 0)
        try makeRoom()
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == Self.many)
        #expect(log.count("no room is left") == 1)
        #expect(log.count("nothing was lost") == 1)
        #expect(await writer.close().isEmpty)
    }

    /// A lock is waited for; one held for longer than the connection waits is reported.
    @Test func changesOutliveALockedDatabase() async throws {
        let writer = StoreWriter(store: try EventStore(path: path), logger: log.logger)
        let lock = try lockedDatabase()
        for id in Self.many { await writer.add(change(id)) }
        try await waitUntil("the lock is reported") { log.count("stayed locked") > 0 }
        #expect(writer.pendingCount == Self.many.count)
        try unlock(lock)
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == Self.many)
        #expect(log.count("stayed locked") == 1)
        #expect(await writer.close().isEmpty)
    }

    /// The levels of a second are some fifty numbers; hours of them in the log are of no use.
    @Test func aRefusedLevelIsALineOfTheLog() async throws {
        let writer = StoreWriter(store: try EventStore(path: path), logger: log.logger)
        var summary = LevelSummary()
        (summary.seconds, summary.exposureA) = (1, 1e-4)
        let record = LevelRecord(
            start: evening.adding(seconds: 0.5), samples: 48_000, sampleRate: .hz48000,
            summary: summary, histogram: LevelHistogram(), scale: .relative)
        await writer.add(.level(source: "mic", record))
        #expect(await writer.close().isEmpty)
        let line =
            "lost, the store refuses it: level of mic at \(record.start.rfc3339): "
            + "LAeq -40.0 dB re full scale, 48000 samples: "
        #expect(log.count(line) == 1)
    }

    @Test func aFullQueueHoldsUpTheSender() async throws {
        // The writer is held, not the database: for that SQLite waits five seconds, and a busy
        // machine may take longer to come to the end of this test.
        let queue = DispatchQueue(label: "store")
        let writer = StoreWriter(
            store: try EventStore(path: path), logger: log.logger, capacity: 5, queue: queue)
        queue.suspend()
        for id in 1...5 { await writer.add(change(Int64(id))) }
        let isAdded = Mutex(false)
        async let sixth: Void = {
            await writer.add(change(6))
            isAdded.withLock { $0 = true }
        }()
        try await Task.sleep(for: .milliseconds(300))
        #expect(!isAdded.withLock { $0 })
        #expect(writer.pendingCount == 5)
        queue.resume()
        await sixth
        #expect(await writer.close().isEmpty)
        #expect(try storedIDs() == [1, 2, 3, 4, 5, 6])
    }

    private func level(_ second: Int, samples: Int = 48_000) -> StoreChange {
        var summary = LevelSummary()
        (summary.seconds, summary.exposureA) = (1, 1e-4)
        return .level(
            source: "mic",
            LevelRecord(
                start: evening.adding(seconds: Double(second)), samples: samples,
                sampleRate: .hz48000, summary: summary, histogram: LevelHistogram(),
                scale: .relative))
    }

    /// Rules are told of events after the store: a store that fails must hold up nobody, however
    /// much there is. Levels go first, and what was dropped can be seen afterwards.
    @Test func aStoreThatFailsHoldsUpNobody() async throws {
        let writer = StoreWriter(store: try fullStore(), logger: log.logger, capacity: 520)
        for id in Self.many { await writer.add(change(id)) }
        try await waitUntil("the database is full") { log.count("no room is left") > 0 }
        let waiting = writer.pendingCount
        let (levels, events) = (700, 600 as Int64)
        for second in 0..<levels { await writer.add(level(second)) }
        for id in 1...events { await writer.add(change(1_000 + id)) }
        let dropped = levels - (520 - waiting)
        #expect(writer.pendingCount == 520 + Int(events))
        #expect(log.count("520 changes wait to be stored; more are dropped, levels first") == 1)
        try makeRoom()
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(log.count("again; \(dropped) levels were dropped, nothing else was lost") == 1)
        #expect(try storedIDs() == Self.many + (1...events).map { 1_000 + $0 })
        let lost = AudioGap(
            source: "mic", start: evening.adding(seconds: Double(levels - dropped)),
            end: evening.adding(seconds: Double(levels)), lostSamples: Int64(48_000 * dropped),
            cause: .unstored)
        #expect(try EventReader(path: path).gaps() == [lost])
        #expect(await writer.close().isEmpty)
    }

    /// What is dropped beyond the reserve is counted too, and told at the end if not before.
    @Test func theEndTellsWhatWasDropped() async throws {
        let store = try fullStore()
        takeTheLastRoom(store)
        let writer = StoreWriter(store: store, logger: log.logger, capacity: 2, reserve: 3)
        await writer.add(change(1))
        try await waitUntil("the database is full") { log.count("no room is left") > 0 }
        for id in 2...9 as ClosedRange<Int64> { await writer.add(change(id)) }
        let lost = AudioGap(
            source: "mic", start: evening.adding(seconds: 6), end: evening.adding(seconds: 9),
            lostSamples: 0, cause: .unstored)
        #expect(await writer.close() == (1...5).map { change($0) } + [.gap(lost)])
    }

    /// An event that goes on for hours takes one place.
    @Test func newStatesReplaceOldOnes() async throws {
        let writer = StoreWriter(
            store: try EventStore(path: path), logger: log.logger, capacity: 10,
            retrySeconds: 0.1)
        let lock = try lockedDatabase()
        await writer.add(change(0))
        try await waitUntil("the lock is reported") { log.count("stayed locked") > 0 }
        for _ in 0..<200 { for id in [1, 2] as [Int64] { await writer.add(change(id, .open)) } }
        await writer.add(change(2))
        await writer.add(change(1))
        try await waitUntil("old states are left out") { writer.pendingCount == 3 }
        try unlock(lock)
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == [0, 2, 1])
        #expect(log.count("nothing was lost") == 1)
        #expect(await writer.close().isEmpty)
    }

    /// A disk that does not answer gives no error: another thread has to notice.
    @Test func aDiskThatDoesNotAnswerIsReported() async throws {
        let writer = StoreWriter(
            store: try EventStore(path: path), logger: log.logger, capacity: 2, stallSeconds: 0.2)
        let lock = try lockedDatabase()
        await writer.add(change(1))
        try await waitUntil("it is reported") { log.count("the disk has not answered") > 0 }
        #expect(log.count("the disk has not answered for 0.2 s; 1 changes wait") == 1)
        // SQLite waits for the lock for five seconds; nobody else waits until it gives up.
        let failures = log.count("stayed locked")
        for id in 2...9 as ClosedRange<Int64> { await writer.add(change(id)) }
        #expect(log.count("stayed locked") == failures)
        try unlock(lock)
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(log.count("the event database can be written again; nothing was lost") == 1)
        #expect(await writer.close().isEmpty)
    }

    /// A cancelled sender wants to end, and waits for nothing.
    @Test func aCancelledSenderDoesNotWait() async throws {
        let writer = StoreWriter(
            store: try EventStore(path: path), logger: log.logger, capacity: 1)
        let lock = try lockedDatabase()
        await writer.add(change(1))
        let second = Task { await writer.add(change(2)) }
        second.cancel()
        await second.value
        #expect(writer.pendingCount == 2)
        try unlock(lock)
        #expect(await writer.close().isEmpty)
        #expect(try storedIDs() == [1, 2])
    }

    @Test func theEndTellsWhatIsNotStored() async throws {
        let writer = StoreWriter(store: try fullStore(), logger: log.logger)
        for id in Self.many { await writer.add(change(id)) }
        try await waitUntil("the database is full") { log.count("no room is left") > 0 }
        let pending = writer.pendingCount
        let unwritten = await writer.close()
        #expect(unwritten.count == pending && pending > 0)
        #expect(unwritten == Self.many.suffix(pending).map { change($0) })
        #expect(try storedIDs() == Self.many.dropLast(pending))
        // The retry that was due finds nothing to do.
        try await Task.sleep(for: .milliseconds(1_500))
        #expect(log.count("lost") == 0)
        // The lock is free again.
        try EventStore(path: path).close()
    }

    @Test func settleWaitsForTheDisk() async throws {
        let writer = StoreWriter(store: try EventStore(path: path), logger: log.logger)
        for id in Self.many { await writer.add(change(id)) }
        await writer.settle(within: .hang)
        #expect(try EventReader(path: path).events(EventQuery()).count == Self.many.count)
        #expect(await writer.close().isEmpty)
    }

    @Test func settleGivesUpOnAFullDisk() async throws {
        let writer = StoreWriter(store: try fullStore(), logger: log.logger)
        for id in Self.many { await writer.add(change(id)) }
        let start = ContinuousClock.now
        await writer.settle(within: .milliseconds(300))
        #expect(.now - start >= .milliseconds(300))
        #expect(await !writer.close().isEmpty)
    }

    /// At the end nobody waits for room, however much there is to keep.
    @Test func theEndWaitsForNobody() async throws {
        let store = try fullStore()
        takeTheLastRoom(store)
        let writer = StoreWriter(store: store, logger: log.logger, capacity: 2)
        let adding = Task { for id in Self.many { await writer.add(change(id)) } }
        try await waitUntil("the database is full") { log.count("no room is left") > 0 }
        writer.stopWaiting()
        await adding.value
        #expect(writer.pendingCount > 2)
        #expect(await !writer.close().isEmpty)
    }

    @Test func aDatabaseThatIsGoneEndsTheMonitor() async throws {
        let broken = Mutex(0)
        let writer = StoreWriter(
            store: try EventStore(path: path), logger: log.logger,
            onBroken: { broken.withLock { $0 += 1 } })
        await writer.add(change(1))
        await writer.settle(within: .hang)
        try FileManager.default.removeItem(atPath: path)
        await writer.add(change(2))
        try await waitUntil("the loss is noticed") { broken.withLock { $0 } > 0 }
        await writer.add(change(3))
        #expect(await writer.close() == [change(2), change(3)])
        #expect(broken.withLock { $0 } == 1)
    }
}
