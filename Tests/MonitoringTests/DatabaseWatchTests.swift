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
