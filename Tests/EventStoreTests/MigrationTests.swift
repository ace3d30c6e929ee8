import Acoustics
import EventStore
import Foundation
import GRDB
import TestSupport
import Testing

/// The next schema is not written yet, so a step is made up: a table of notes.
private let nextSchema = Schema(
    steps: Schema.current.steps + ["CREATE TABLE note (text TEXT NOT NULL) STRICT"])

@Suite struct MigrationTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func makeOldDatabase() throws {
        let old = try EventStore(path: path)
        try old.write((1...100).map { .event(event($0, at: Double($0))) })
        try old.close()
    }

    @Test func anOlderSchemaIsMigratedAfterABackup() throws {
        try makeOldDatabase()
        try EventStore(path: path, maximumBytes: nil, schema: nextSchema).close()
        try inside(path) { (db) throws in
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 2)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM event") == 100)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM note") == 0)
        }
        // The backup is a database of the old schema, which the old program opens.
        let backup = try EventReader(path: path + ".backup-v1")
        #expect(try backup.events(EventQuery()).map(\.id) == Array(1...100))
        #expect(try !directory.contents().contains { $0.contains(".new") })
    }

    @Test func theCurrentSchemaNeedsNoBackup() throws {
        try makeOldDatabase()
        try EventStore(path: path).close()
        #expect(try !directory.contents().contains { $0.contains("backup") })
    }

    @Test func aStepThatFailsLeavesTheOldSchema() throws {
        try makeOldDatabase()
        let broken = Schema(
            steps: Schema.current.steps + ["CREATE TABLE note (text TEXT) STRICT; SELECT x FROM y"])
        #expect(throws: EventStoreError.self) {
            try EventStore(path: path, maximumBytes: nil, schema: broken)
        }
        try inside(path) { (db) throws in
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 1)
            #expect(try !db.tableExists("note"))
        }
        #expect(openingError(path) == nil)
    }

    @Test func aNewerSchemaIsRefusedWithBothNumbers() throws {
        try makeOldDatabase()
        try EventStore(path: path, maximumBytes: nil, schema: nextSchema).close()
        for error in [openingError(path), readingError(path)] {
            let error = try #require(error)
            #expect(error.kind == .newerSchema(found: 2, known: 1))
            #expect(error.exitStatus == .badData)
            #expect(error.description.contains("has schema 2"))
            #expect(error.description.contains("up to 1"))
        }
        #expect(try inside(path) { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") } == 100)
    }

    /// A reader never migrates. The version 0 stands for any older one.
    @Test func aReaderAsksForTheMigration() throws {
        try makeOldDatabase()
        try inside(path) { try $0.execute(sql: "PRAGMA user_version = 0") }
        let error = try #require(readingError(path))
        #expect(error.kind == .olderSchema(found: 0, needed: 1))
        #expect(try inside(path) { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 0)
    }

    /// Damage inside the file is found before the only good copy could be overwritten.
    @Test func aDamagedDatabaseIsNotMigrated() throws {
        try makeOldDatabase()
        try EventStore(path: path, maximumBytes: nil, schema: nextSchema).close()
        try inside(path) { try $0.execute(sql: "PRAGMA user_version = 1; DROP TABLE note") }
        try inside(path) {
            try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'schema 2'")
            try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        for page in 2..<(size / 4096) {
            try file.seek(toOffset: UInt64(page * 4096))
            try file.write(contentsOf: Data(repeating: 0xA5, count: 64))
        }
        try file.close()
        do throws(EventStoreError) {
            _ = try EventStore(path: path, maximumBytes: nil, schema: nextSchema)
            Issue.record("a damaged database was migrated")
        } catch {
            #expect(error.kind == .damaged)
            #expect(error.exitStatus == .badData)
            #expect(try !directory.contents().contains { $0.contains(".new") })
        }
    }
}
