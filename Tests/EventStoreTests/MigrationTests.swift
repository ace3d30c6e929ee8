import AlertTypes
import Database
import EventStore
import Foundation
import GRDB
import HostSystem
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// The newest schema.
private let newest = Schema.current.version

/// The next schema does not exist yet, so a step is made up: a table of notes.
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
        // In which a check of SQLite 3.40 finds what is not there.
        try old.write([
            .gap(
                AudioGap(
                    source: "mic", start: time(1), end: time(2), lostSamples: 48_000,
                    cause: .overflow))
        ])
        try old.close()
    }

    @Test func anOlderSchemaIsMigratedAfterABackup() throws {
        try makeOldDatabase()
        try EventStore(path: path, maximumBytes: nil, schema: nextSchema).close()
        try inside(path) { (db) throws in
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == newest + 1)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM event") == 100)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM note") == 0)
        }
        // The backup is a database of the old schema, which the old program opens.
        let backup = try EventReader(path: path + ".backup-v\(newest)")
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
        #expect(throws: StoreError.self) {
            try EventStore(path: path, maximumBytes: nil, schema: broken)
        }
        try inside(path) { (db) throws in
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == newest)
            #expect(try !db.tableExists("note"))
        }
        #expect(openingError(path) == nil)
    }

    @Test func aNewerSchemaIsRefusedWithBothNumbers() throws {
        try makeOldDatabase()
        try EventStore(path: path, maximumBytes: nil, schema: nextSchema).close()
        for error in [openingError(path), readingError(path)] {
            let error = try #require(error)
            #expect(error.kind == .newerSchema(found: newest + 1, known: newest))
            #expect(error.exitStatus == .badData)
            #expect(error.description.contains("has schema \(newest + 1)"))
            #expect(error.description.contains("up to \(newest)"))
        }
        #expect(try inside(path) { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") } == 100)
    }

    /// A reader never migrates. Version 0 stands for any older one.
    @Test func aReaderAsksForTheMigration() throws {
        try makeOldDatabase()
        try inside(path) { try $0.execute(sql: "PRAGMA user_version = 0") }
        let error = try #require(readingError(path))
        #expect(error.kind == .olderSchema(found: 0, needed: newest))
        #expect(try inside(path) { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 0)
    }

    /// Damage inside the file is found before the only good copy could be overwritten.
    @Test func aDamagedDatabaseIsNotMigrated() throws {
        try makeOldDatabase()
        try EventStore(path: path, maximumBytes: nil, schema: nextSchema).close()
        try inside(path) { try $0.execute(sql: "PRAGMA user_version = \(newest); DROP TABLE note") }
        try inside(path) {
            try $0.execute(
                sql: "DELETE FROM grdb_migrations WHERE identifier = 'schema \(newest + 1)'")
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
        do throws(StoreError) {
            _ = try EventStore(path: path, maximumBytes: nil, schema: nextSchema)
            Issue.record("a damaged database was migrated")
        } catch {
            #expect(error.kind == .damaged)
            #expect(error.exitStatus == .badData)
            #expect(try !directory.contents().contains { $0.contains(".new") })
        }
    }

    // MARK: Schema 1

    /// A database as the first version left it: its tables, its header and the migrator's records.
    private func makeFirstSchema() throws {
        try inside(path) { (db) throws in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA application_id = 1161908823")
            try db.execute(sql: Schema.current.steps[0])
            try db.execute(
                sql: """
                    PRAGMA user_version = 1;
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('schema 1');
                    INSERT INTO source VALUES (1, 'mic');
                    INSERT INTO label VALUES (1, 'dog');
                    INSERT INTO recording VALUES (1, 1, 0, 5, 48000, 1, 0, 'm', 'running');
                    """)
            for id in 1...100 {
                try db.execute(
                    sql: """
                        INSERT INTO event VALUES (?1, 1, 1, 1, ?2 + ?1 * 1000000,
                          ?2 + ?1 * 1000000 + 1000000, 0.9, 0.45, ?3, ?4)
                        """,
                    arguments: [
                        id, evening.microseconds, id < 100 ? "complete" : "open",
                        id < 100 ? id : nil,
                    ])
            }
        }
    }

    @Test func aDatabaseOfTheFirstVersionIsMigrated() throws {
        try makeFirstSchema()
        #expect(readingError(path)?.kind == .olderSchema(found: 1, needed: newest))
        let store = try EventStore(path: path)
        let reader = try EventReader(path: path)
        let events = try reader.events(EventQuery())
        #expect(events.dropLast() == (1...99).map { event($0, at: Double($0)) }[...])
        #expect(events.last == event(100, at: 100, .interrupted))
        #expect(store.nextEventID() == 101)
        #expect(try reader.calibrations() == [])
        #expect(try reader.levelSources() == [])
        var loud = event(7, at: 7)
        loud.levels = EventLevels(
            seconds: 1, exposureA: 1e-5, fastMaximum: 1e-4, background: nil, scale: calibrated)
        try store.write([.event(loud), .level(source: "mic", record(7))])
        #expect(try reader.events(EventQuery()).map(\.levels).compactMap(\.self).count == 1)
        #expect(try reader.levelSources() == ["mic"])
        try store.close()
        try inside(path) { (db) throws in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            #expect(try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil)
        }
        try inside(path + ".backup-v1") { (db) throws in
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 1)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM event") == 100)
            #expect(try !db.tableExists("level_second"))
        }
    }

    // MARK: Schema 2

    /// A database as the second version left it: the third, without what that added.
    private func makeSecondSchema() throws {
        let third = Schema(steps: Array(Schema.current.steps.prefix(3)))
        let old = try EventStore(path: path, maximumBytes: nil, schema: third)
        try old.write([.event(event(1)), .level(source: "mic", record(7))])
        try old.close()
        try inside(path) { (db) throws in
            try db.execute(
                sql: """
                    DROP TABLE mark;
                    DROP TABLE event_picture;
                    DELETE FROM grdb_migrations WHERE identifier = 'schema 3';
                    PRAGMA user_version = 2;
                    """)
        }
    }

    /// What was stored stays, and pictures can be stored.
    @Test func aDatabaseOfTheSecondSchemaIsMigrated() throws {
        try makeSecondSchema()
        #expect(readingError(path)?.kind == .olderSchema(found: 2, needed: newest))
        let store = try EventStore(path: path)
        let picture = EventPicture(
            eventID: 1, start: evening, features: FeatureParameters(bands: 1), frames: [1],
            labels: ["dog"], scores: [255], framesPerStep: 1, model: "m",
            parameters: LabelParameters())
        try store.write([.picture(picture)])
        let reader = try EventReader(path: path)
        #expect(try reader.events(EventQuery()) == [event(1)])
        #expect(try reader.levelSources() == ["mic"])
        #expect(try reader.picture(ofEvent: 1) == picture)
        try store.close()
        try inside(path + ".backup-v2") { (db) throws in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM event") == 1)
            #expect(try !db.tableExists("event_picture"))
            #expect(try !db.tableExists("mark"))
        }
    }

    // MARK: Schema 3

    /// Events keep their order, their levels and their indexes, and can be retracted.
    @Test func aDatabaseOfTheThirdSchemaIsMigrated() throws {
        let third = Schema(steps: Array(Schema.current.steps.prefix(3)))
        let old = try EventStore(path: path, maximumBytes: nil, schema: third)
        var loud = event(7, at: 7)
        loud.levels = EventLevels(
            seconds: 1, exposureA: 1e-5, fastMaximum: 1e-4, background: nil, scale: calibrated)
        try old.write([.event(event(9, at: 1)), .event(loud), .event(event(3, part: 2, at: 5))])
        try old.close()
        func indexes() throws -> [String] {
            try inside(path) { (db) throws in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT sql FROM sqlite_schema
                        WHERE tbl_name = 'event' AND type = 'index' AND sql NOT NULL ORDER BY name
                        """)
            }
        }
        let before = try indexes()
        #expect(before.count == 5)
        let store = try EventStore(path: path)
        #expect(try indexes() == before)
        let reader = try EventReader(path: path)
        #expect(
            try reader.endedEvents(after: .beginning, EventQuery()).events.map(\.id) == [9, 7, 3])
        #expect(try reader.events(EventQuery()).map(\.levels).compactMap(\.self).count == 1)
        try store.write([.event(event(10, at: 10, .retracted))])
        #expect(try reader.events(EventQuery()).count == 3)
        #expect(try reader.events(EventQuery(includesRetracted: true)).count == 4)
        try store.close()
        try inside(path) { (db) throws in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            #expect(try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil)
        }
    }

    // MARK: Schema 4

    /// Runs of hooks keep what was known of them, are no orders to do anything, and have a cooldown
    /// to tell of.
    @Test func aDatabaseOfTheFourthSchemaIsMigrated() throws {
        let fourth = Schema(steps: Array(Schema.current.steps.prefix(4)))
        let old = try EventStore(path: path, maximumBytes: nil, schema: fourth)
        try old.write([.event(event(1)), .level(source: "mic", record(7))])
        try old.close()
        try inside(path) { (db) throws in
            for (id, outcome) in [(3, "exited"), (4, "running"), (5, "waiting")] {
                try db.execute(
                    sql: "INSERT INTO hook_run VALUES (?, 'bark', 1, ?, ?, ?, 0, NULL, 1.5, 'out')",
                    arguments: [id, time(id).microseconds, time(id).microseconds, outcome])
            }
        }
        #expect(readingError(path)?.kind == .olderSchema(found: 4, needed: newest))
        let store = try EventStore(path: path)
        #expect(try store.lastFirings() == ["bark": time(5)])
        #expect(store.nextHookRunID() == 6 && store.lastAlertID == 0)
        #expect(try store.unfinishedRuns() == [])
        let reader = try EventReader(path: path)
        let runs = try reader.hookRuns()
        #expect(runs.map(\.outcome) == [.exited, .interrupted, .interrupted])
        let first = HookRun(
            id: 3, rule: "bark", eventID: 1, firedAt: time(3), startedAt: time(3),
            outcome: .exited, exitStatus: 0, durationSeconds: 1.5, outputTail: "out")
        #expect(runs.first == first)
        try store.write([.alerts(AlertChanges(alerts: [alert(1)], runs: [run(6, alert: 1)]))])
        #expect(try reader.alerts() == [alert(1)])
        #expect(try reader.hookRuns(alerts: 1...1) == [run(6, alert: 1)])
        try store.close()
        try inside(path) { (db) throws in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            #expect(try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil)
        }
        try inside(path + ".backup-v4") { (db) throws in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM hook_run") == 3)
            #expect(try !db.tableExists("alert"))
        }
    }

    /// Another program's lock keeps the monitor from migrating, but not from knowing what fired.
    @Test func aDatabaseThatCannotBeMigratedYetTellsTheLastFirings() throws {
        let fourth = Schema(steps: Array(Schema.current.steps.prefix(4)))
        let old = try EventStore(path: path, maximumBytes: nil, schema: fourth)
        try old.write([.event(event(1)), .level(source: "mic", record(7))])
        try old.close()
        try inside(path) { (db) throws in
            try db.execute(
                sql: "INSERT INTO hook_run VALUES (4, 'bark', 1, ?, ?, 'exited', 0, 0, 1.5, '')",
                arguments: [time(4).microseconds, time(4).microseconds])
        }
        try DatabaseQueue(path: path).inTransaction(.immediate) { _ in
            let store = try EventStore(path: path, isPatient: true)
            #expect(store.openingFault != nil)
            #expect(try store.lastFirings() == ["bark": time(4)])
            return .rollback
        }
    }

    // MARK: Schema 5

    /// Of the clocks of earlier sessions nothing is known.
    @Test func aDatabaseOfTheFifthSchemaIsMigrated() throws {
        let fifth = Schema(steps: Array(Schema.current.steps.prefix(5)))
        let old = try EventStore(path: path, maximumBytes: nil, schema: fifth)
        try old.write([.event(event(1)), .level(source: "mic", record(7))])
        try old.close()
        try inside(path) { (db) throws in
            try db.execute(
                sql: "INSERT INTO recording VALUES (1, 1, ?, ?, 48000, 480000, 7, 'm', 'complete')",
                arguments: [time(0).microseconds, time(10).microseconds])
        }
        let store = try EventStore(path: path)
        let reader = try EventReader(path: path)
        let before = ListeningSession(
            id: 1, source: "mic", started: time(0), ended: time(10), sampleRate: .hz48000,
            capturedSamples: 480_000, lostSamples: 7, model: "m", status: .complete)
        #expect(try reader.sessions() == [before])
        var next = before
        (next.id, next.started, next.ended) = (2, time(20), time(30))
        (next.clockStepSeconds, next.driftPPM) = (-3_600.5, 12.25)
        try store.write([.session(next)])
        #expect(try reader.sessions() == [before, next])
        try store.close()
        try inside(path) { (db) throws in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
        }
    }

    /// A released step never changes: databases that have gone through it are out there.
    @Test func theReleasedStepsAreAsTheyWere() {
        // FNV-1a, 64 bits.
        let sums = Schema.current.steps.prefix(5).map { step in
            step.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01B3
            }
        }
        #expect(
            sums == [
                1_279_966_328_278_830_902, 4_867_409_200_992_648_271, 2_229_059_375_760_875_059,
                18_241_398_851_085_250_364, 1_752_164_614_653_909_843,
            ])
    }
}
