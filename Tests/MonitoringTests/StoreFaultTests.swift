import Dispatch
import GRDB
import Logging
import SoundTypes
import Synchronization
import TestSupport
import Testing

@testable import EventStore
@testable import Monitoring

/// Makes SQLite fail inside the connection of a store: a trigger on every new event or picture
/// calls a function that gives SQLite a result code.
private final class InjectedFault: Sendable {
    private struct State {
        /// Codes for one event, or for all (`nil`).
        var codes: [Int64?: ResultCode] = [:]
        /// How often each code was raised, by its number.
        var raised: [CInt: Int] = [:]
    }

    private let state = Mutex(State())

    init(in store: EventStore) throws {
        let function = DatabaseFunction("injected_fault", argumentCount: 1) { [self] values in
            try raise(event: Int64.fromDatabaseValue(values[0]))
            return nil
        }
        try store.queue.writeWithoutTransaction { db in
            db.add(function: function)
            for (name, table, id) in [
                ("event_fault", "event", "id"), ("picture_fault", "event_picture", "event_id"),
            ] {
                try db.execute(
                    sql: """
                        CREATE TEMP TRIGGER \(name) BEFORE INSERT ON main.\(table)
                        BEGIN SELECT injected_fault(NEW.\(id)); END
                        """)
            }
        }
    }

    /// The code for one event, or for all; `nil`: the fault is over.
    func set(_ code: ResultCode?, event: Int64? = nil) {
        state.withLock { $0.codes[event] = code }
    }

    func count(_ code: ResultCode) -> Int {
        state.withLock { $0.raised[code.rawValue, default: 0] }
    }

    private func raise(event: Int64?) throws {
        let code = state.withLock { state in
            let code = state.codes[event] ?? state.codes[nil]
            if let code { state.raised[code.rawValue, default: 0] += 1 }
            return code
        }
        if let code { throw DatabaseError(resultCode: code, message: "injected") }
    }
}

/// What becomes of 10,000 waiting changes when SQLite fails, for every primary result code that a
/// call can end with (sqlite.org/rescode.html) and some extended ones.
@Suite struct StoreFaultTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let store: EventStore
    private let fault: InjectedFault
    private let log = TestLog()

    private static let all: ClosedRange<Int64> = 1...10_000

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
        fault = try InjectedFault(in: store)
    }

    private func writer(
        queue: DispatchQueue = DispatchQueue(label: "store"),
        onBroken: @escaping @Sendable () -> Void = {}
    ) -> StoreWriter {
        StoreWriter(
            store: store, logger: log.logger, queue: queue, retrySeconds: 0.01,
            onBroken: onBroken)
    }

    /// The ids of the stored events in the order in which their ends were written.
    private func storedIDs() throws -> [Int64] {
        try EventReader(path: path).endedEvents(after: .beginning, EventQuery()).events.map(\.id)
    }

    private static let refusing: [ResultCode] = [
        .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT_CHECK,
        .SQLITE_CONSTRAINT_DATATYPE, .SQLITE_CONSTRAINT_FOREIGNKEY,
    ]
    private static let mended: [ResultCode] = [
        .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CORRUPT_INDEX,
    ]
    private static let ending: [ResultCode] = [.SQLITE_READONLY_DBMOVED]
    private static let passing: [ResultCode] =
        (1...28).map { ResultCode(rawValue: $0) }
        .filter { !(refusing + mended + ending).contains($0) }
        + [
            .SQLITE_IOERR_NOMEM, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_SHMSIZE,
            .SQLITE_BUSY_SNAPSHOT, .SQLITE_LOCKED_SHAREDCACHE, .SQLITE_READONLY_ROLLBACK,
            .SQLITE_ABORT_ROLLBACK, .SQLITE_ERROR_RETRY, .SQLITE_CANTOPEN_SYMLINK,
        ]

    @Test func faultsThatPassLoseNothing() async throws {
        let writer = writer()
        fault.set(Self.passing[0])
        for id in Self.all { await writer.add(change(id)) }
        for code in Self.passing {
            fault.set(code)
            try await waitUntil("SQLite fails with \(code)") { fault.count(code) > 1 }
            #expect(writer.pendingCount == Self.all.count, "\(code)")
        }
        fault.set(nil)
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == Array(Self.all))
        #expect(log.count("changes wait and are tried again every second") == 1)
        #expect(log.count("can be written again; nothing was lost") == 1)
        #expect(log.count("the store refuses it") == 0)
        #expect(await writer.close().isEmpty)
    }

    /// The fault is of the old connection: what waits is stored in the new database.
    @Test(arguments: mended)
    func aDamagedDatabaseIsReplaced(_ code: ResultCode) async throws {
        try store.write([change(Self.all.upperBound + 1)])
        let writer = writer(onBroken: { Issue.record("the writer gave up") })
        fault.set(code)
        for id in Self.all { await writer.add(change(id)) }
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        #expect(store.recoveries == 1)
        let labels = Dictionary(
            grouping: try EventReader(path: path).events(EventQuery()), by: \.label
        ).mapValues(\.count)
        #expect(labels == ["dog": Self.all.count + 1, SoundEvent.damageLabel: 1])
        #expect(log.count("the damaged database was replaced; it is now") == 1)
        #expect(await writer.close().isEmpty)
    }

    @Test(arguments: ending)
    func aDatabaseThatIsNoneAnyMoreEndsTheMonitor(_ code: ResultCode) async throws {
        let broken = Mutex(0)
        let writer = writer(onBroken: { broken.withLock { $0 += 1 } })
        fault.set(code)
        for id in Self.all { await writer.add(change(id)) }
        try await waitUntil("the writer gives up") { broken.withLock { $0 } > 0 }
        fault.set(nil)
        #expect(await writer.close() == Self.all.map { change($0) })
        #expect(broken.withLock { $0 } == 1)
        #expect(log.count("; the monitor ends") == 1)
        #expect(log.count("the store refuses it") == 0)
    }

    @Test(arguments: refusing)
    func ofAllChangesOnlyTheBadOneIsDropped(_ code: ResultCode) async throws {
        let writer = writer()
        let bad = Int64.random(in: Self.all)
        fault.set(code, event: bad)
        for id in Self.all { await writer.add(change(id)) }
        try await waitUntil("the rest is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == Self.all.filter { $0 != bad }, "bad: \(bad)")
        #expect(log.count("the store refuses it") == 1)
        let row = "lost, the store refuses it: {\"table\":\"event\",\"id\":\(bad),\"part\":1,"
        #expect(log.count(row) == 1, "bad: \(bad)")
        #expect(await writer.close().isEmpty)
    }

    /// A fault that comes while the bad change is being searched for.
    @Test func aFaultBesideABadChangeLosesNothingElse() async throws {
        // One batch, however long it takes to hand over.
        let queue = DispatchQueue(label: "store")
        let writer = writer(queue: queue)
        fault.set(.SQLITE_CONSTRAINT, event: 5_000)
        fault.set(.SQLITE_CONSTRAINT, event: 5_001)
        fault.set(.SQLITE_NOMEM, event: 7_000)
        queue.suspend()
        for id in Self.all { await writer.add(change(id)) }
        queue.resume()
        try await waitUntil("the memory is short") { fault.count(.SQLITE_NOMEM) > 2 }
        #expect(writer.pendingCount > 0)
        fault.set(nil, event: 7_000)
        try await waitUntil("the rest is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == Self.all.filter { $0 != 5_000 && $0 != 5_001 })
        #expect(log.count("lost, the store refuses it") == 2)
        #expect(log.count(" 0 changes wait") == 0)
        #expect(log.count("nothing was lost") == 0)
        #expect(await writer.close().isEmpty)
    }

    /// Values that our own encoding refuses, not SQLite.
    @Test func aPictureThatCannotBeEncodedIsDroppedAlone() async throws {
        let writer = writer()
        fault.set(.SQLITE_BUSY)
        await writer.add(change(1))
        writer.offer(picture(1))
        writer.offer(picture(2, floor: .nan))
        await writer.add(change(2))
        fault.set(nil)
        try await waitUntil("the rest is stored") { writer.pendingCount == 0 }
        #expect(try storedIDs() == [1, 2])
        #expect(try EventReader(path: path).picture(ofEvent: 1) == picture(1))
        #expect(log.count("lost, the store refuses it: picture of event 2") == 1)
        #expect(await writer.close().isEmpty)
    }

    @Test func whatWasDroppedMeanwhileIsSaidAtTheEnd() async throws {
        let writer = writer()
        fault.set(.SQLITE_NOMEM)
        await writer.add(change(1))
        for id in 1...70 as ClosedRange<Int64> { writer.offer(picture(id)) }
        try await waitUntil("the memory is short") { fault.count(.SQLITE_NOMEM) > 1 }
        fault.set(.SQLITE_CONSTRAINT, event: 1)
        fault.set(nil)
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        try await waitUntil("it is said") { log.count("can be written again") > 0 }
        #expect(
            log.count(
                "the event database can be written again; 6 pictures were dropped and "
                    + "2 changes were refused, nothing else was lost") == 1)
        #expect(log.count("nothing was lost") == 0)
        // What was told is told once.
        fault.set(.SQLITE_NOMEM)
        await writer.add(change(2))
        try await waitUntil("the memory is short again") {
            log.count("changes wait and are tried again") == 2
        }
        fault.set(nil)
        try await waitUntil("it is said again") { log.count("can be written again") == 2 }
        #expect(log.count("can be written again; nothing was lost") == 1)
        #expect(await writer.close().isEmpty)
    }

    private func picture(_ id: Int64, floor: Double = 1e-10) -> EventPicture {
        EventPicture(
            eventID: id, start: evening, features: FeatureParameters(bands: 1, floor: floor),
            frames: [0], labels: ["dog"], scores: [255], framesPerStep: 1, model: "m",
            parameters: LabelParameters())
    }
}
