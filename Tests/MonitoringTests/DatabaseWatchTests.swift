import Database
import Foundation
import GRDB
import SoundTypes
import TestSupport
import Testing

@testable import EventStore
@testable import Monitoring

/// Damage that nothing has stumbled over yet is found at the start.
@Suite struct DatabaseWatchTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let log = TestLog()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        let store = try EventStore(path: path)
        try store.write((1...2_000).map { change($0) })
        try store.close()
    }

    /// Looks at the database while `count` events are stored.
    private func watch(adding count: Int64) async throws -> EventStore {
        let store = try EventStore(path: path)
        let writer = StoreWriter(store: store, logger: log.logger, retrySeconds: 0.01)
        let watch = DatabaseWatch(store: store, writer: writer, logger: log.logger)
        for id in 2_001..<(2_001 + count) { await writer.add(change(id)) }
        await watch.look()
        #expect(await writer.close().isEmpty)
        return store
    }

    /// A check that opened and closed the file itself would take SQLite's locks away, and whoever
    /// reads next would remove the log.
    @Test func theWriterKeepsItsLock() async throws {
        let store = try EventStore(path: path)
        let writer = StoreWriter(store: store, logger: log.logger)
        await writer.add(change(3_000))
        await writer.settle(within: .seconds(60))
        await DatabaseWatch(store: store, writer: writer, logger: log.logger).look()
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        reader.arguments = [
            "python3", "-c",
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM event')",
            path,
        ]
        try reader.run()
        reader.waitUntilExit()
        #expect(reader.terminationStatus == 0)
        #expect(FileManager.default.fileExists(atPath: path + "-wal"))
        await writer.add(change(3_001))
        #expect(await writer.settle(within: .seconds(60)))
        #expect(await writer.close().isEmpty)
    }

    @Test func aWholeDatabaseStays() async throws {
        let store = try await watch(adding: 10)
        #expect(store.recoveries == 0)
        #expect(log.count("damaged") == 0)
        #expect(try EventReader(path: path).events(EventQuery()).count == 2_010)
    }

    /// A page of an index that no new event touches.
    @Test func aDamagedIndexIsFound() async throws {
        let queue = try DatabaseQueue(path: path)
        let page = try await queue.read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT pageno FROM dbstat
                    WHERE name = 'event_label_onset' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1
                    """)
        }
        try queue.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64((try #require(page) - 1) * 4_096))
        try file.write(contentsOf: [UInt8](repeating: 0, count: 4_096))
        try file.close()
        let store = try await watch(adding: 10)
        #expect(store.recoveries == 1)
        #expect(log.count("is damaged: ") == 1)
        let labels = Dictionary(
            grouping: try EventReader(path: path).events(EventQuery()), by: \.label
        ).mapValues(\.count)
        #expect(labels == ["dog": 2_010, SoundEvent.damageLabel: 1])
    }
}
