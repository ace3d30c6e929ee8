import Database
import Dispatch
import EventStore
import Foundation
import GRDB
import TestSupport
import Testing

private let nextSchema = Schema(
    steps: Schema.current.steps + ["CREATE TABLE note (text TEXT NOT NULL) STRICT"])

/// The newest schema.
private let newest = Schema.current.version

/// Where a store may be opened, and how an opening is made to stop.
@Suite struct DatabaseWorkTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    /// 32 MB.
    private func makeOldDatabase() throws {
        let old = try EventStore(path: path)
        try old.write((1...100).map { .event(event($0, at: Double($0))) })
        try old.close()
        try inside(path) { db in
            try db.execute(
                sql: """
                    CREATE TABLE filler (content BLOB);
                    INSERT INTO filler
                      WITH RECURSIVE n (i) AS
                        (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 32)
                      SELECT randomblob(1000000) FROM n;
                    """)
        }
    }

    private func open(_ opening: DatabaseWork) throws(StoreError) {
        let store = try EventStore(
            path: path, maximumBytes: nil, schema: nextSchema, opening: opening)
        try store.close()
    }

    @Test func aStoreIsUsedOnItsQueue() throws {
        let queue = DispatchQueue(label: "store")
        try queue.sync {
            let store = try EventStore(path: path, queue: queue)
            try store.write([.event(event(1))])
            #expect(try store.lastFirings().isEmpty)
            try store.close()
        }
    }

    @Test func aStoreThatIsUsedElsewhereTraps() async {
        await #expect(processExitsWith: .failure) {
            let directory = try TemporaryDirectory()
            let queue = DispatchQueue(label: "store")
            let store = try queue.sync {
                try EventStore(path: directory.path("events.db"), queue: queue)
            }
            try store.write([])
        }
        await #expect(processExitsWith: .failure) {
            let directory = try TemporaryDirectory()
            let path = directory.path("events.db")
            _ = try EventStore(path: path, queue: DispatchQueue(label: "store"))
        }
    }

    @Test func anOpeningIsFollowed() throws {
        try makeOldDatabase()
        let opening = DatabaseWork()
        #expect(opening.migration == nil)
        try open(opening)
        #expect(opening.migration?.contains("from schema \(newest) to \(newest + 1)") == true)
        #expect(FileManager.default.fileExists(atPath: path + ".backup-v\(newest)"))
    }

    /// At any moment: the database is of the one schema or the other, and whole; the backup is
    /// there or not, and whole.
    @Test(arguments: 0..<24) func anOpeningIsAbandoned(afterMilliseconds delay: Int) throws {
        try makeOldDatabase()
        let opening = DatabaseWork()
        let isOver = DispatchSemaphore(value: 0)
        let stopper = Thread {
            usleep(UInt32(delay * delay) * 1_000)
            repeat { opening.abandon() } while isOver.wait(timeout: .now() + 0.01) == .timedOut
        }
        stopper.start()
        do throws(StoreError) {
            try open(opening)
        } catch {
            #expect(error.kind == .abandoned)
        }
        isOver.signal()
        let version = try inside(path) { try Int.fetchOne($0, sql: "PRAGMA user_version") }
        #expect(version == newest || version == newest + 1)
        #expect(try inside(path) { try $0.tableExists("note") } == (version == newest + 1))
        let names = try directory.contents()
        #expect(!names.contains { $0.contains(".new") }, "\(names)")
        for file in [path, path + ".backup-v\(newest)"]
        where FileManager.default.fileExists(atPath: file) {
            let check = try inside(file) { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
            #expect(check == ["ok"])
        }
        // The next one is not held up by what this one left.
        try open(DatabaseWork())
        #expect(FileManager.default.fileExists(atPath: path + ".backup-v\(newest)"))
    }
}
