import AlertTypes
import Database
import Foundation
import GRDB
import HostSystem
import SoundTypes
import Synchronization
import TestSupport
import Testing

@testable import EventStore

@Suite struct BackupTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let copy: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        copy = directory.path("copy.db")
    }

    private func ids(_ path: String) throws -> [Int64] {
        try inside(path) { try Int64.fetchAll($0, sql: "SELECT id FROM event ORDER BY id") }
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path("")).sorted()
    }

    private func backupError(to target: String) -> StoreError? {
        do throws(StoreError) {
            _ = try DatabaseBackup.make(of: path, at: target, DatabaseWork())
            return nil
        } catch {
            return error
        }
    }

    /// Each copy is the database at one moment, although every step of the backup finds it changed.
    @Test func aDatabaseIsCopiedWhileItIsWritten() throws {
        let store = try EventStore(path: path)
        // More pages than a step copies.
        try store.write((1...400).map { .hookRun(long($0)) })
        try store.write([.event(event(1))])
        let written = Atomic<Int64>(1)
        let isOver = Atomic<Bool>(false)
        let writer = Thread {
            while !isOver.load(ordering: .relaxed) {
                let id = written.load(ordering: .relaxed) + 1
                #expect(throws: Never.self) { try store.write([.event(event(id))]) }
                written.store(id, ordering: .relaxed)
            }
        }
        writer.start()
        for round in 1...3 {
            let before = written.load(ordering: .relaxed)
            let bytes = try DatabaseBackup.make(of: path, at: copy, DatabaseWork())
            let after = written.load(ordering: .relaxed)
            let found = try ids(copy)
            #expect(found == Array(1...Int64(found.count)), "round \(round)")
            #expect(found.count >= before && found.count <= after + 1)
            #expect(bytes > 16 << 20)
        }
        isOver.store(true, ordering: .relaxed)
        while writer.isExecuting { Thread.sleep(forTimeInterval: 0.01) }
        #expect(written.load(ordering: .relaxed) > 10)
        try store.close()
        #expect(
            try files() == [
                "copy.db", "events.db", "events.db-shm", "events.db-wal", "events.db.lock",
            ])
    }

    /// 60 kB.
    private func long(_ id: Int64) -> HookRun {
        run(id, alert: 1, .exited, output: String(repeating: "x", count: 60_000))
    }

    @Test func whereNoCopyIsWritten() throws {
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        #expect(backupError(to: path)?.kind == .cannotCopy(to: path))
        let nowhere = directory.path("none/copy.db")
        #expect(backupError(to: nowhere)?.exitStatus == .cannotCreate)
        // Somebody else's database, in use.
        let other = try EventStore(path: copy)
        try other.write([.event(event(9))])
        let error = try #require(backupError(to: copy))
        #expect(error.kind == .cannotCopy(to: copy))
        #expect(error.description.contains("a program may be using it"))
        try other.close()
        try store.close()
        // Its log is empty now.
        #expect(backupError(to: copy) == nil)
        #expect(try ids(copy) == [1])
    }

    @Test func aDamagedDatabaseGivesNoCopy() throws {
        let store = try EventStore(path: path)
        try store.write((1...400).map { .event(event($0)) })
        try store.close()
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 4_096 * 20)
        try file.write(contentsOf: Data(repeating: 0x55, count: 4_096 * 30))
        try file.close()
        #expect(backupError(to: copy)?.kind == .damaged)
        #expect(!FileManager.default.fileExists(atPath: copy))
    }

    // MARK: Restoring

    private func restoringError(from backup: String) -> StoreError? {
        do throws(StoreError) {
            _ = try EventStore.restore(path, from: backup)
            return nil
        } catch {
            return error
        }
    }

    @Test func aBackupTakesThePlace() throws {
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        _ = try DatabaseBackup.make(of: path, at: copy, DatabaseWork())
        try store.write([.event(event(2))])
        #expect(restoringError(from: copy)?.exitStatus == .temporary)
        try store.close()
        #expect(restoringError(from: path)?.kind == .cannotCreate)
        let aside = try #require(try EventStore.restore(path, from: copy))
        #expect(try ids(aside) == [1, 2])
        let reader = try EventReader(path: path)
        #expect(try reader.events(EventQuery()).map(\.id) == [1])
        // It is written as before.
        let again = try EventStore(path: path)
        #expect(again.nextEventID() == 2)
        try again.write([.event(event(3))])
        try again.close()
        #expect(try ids(copy) == [1])
        let second = try #require(try EventStore.restore(path, from: copy))
        #expect(second == aside + ".2")
        #expect(try ids(second) == [1, 3])
    }

    @Test func whereThereWasNone() throws {
        let store = try EventStore(path: copy)
        try store.write([.event(event(5))])
        try store.close()
        #expect(try EventStore.restore(path, from: copy) == nil)
        #expect(try ids(path) == [5])
    }

    @Test func whatIsNoBackupChangesNothing() throws {
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        try store.close()
        let before = try files()
        #expect(restoringError(from: directory.path("none.db"))?.kind == .missing)
        try Data("text".utf8).write(to: URL(filePath: directory.path("text")))
        #expect(restoringError(from: directory.path("text"))?.kind == .notADatabase)
        try FileManager.default.removeItem(atPath: directory.path("text"))
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try inside(copy) { try $0.execute(sql: "PRAGMA user_version = 999") }
        #expect(
            restoringError(from: copy)?.kind
                == .newerSchema(found: 999, known: Schema.current.version))
        for suffix in ["", "-wal", "-shm"] { try removeFile(copy + suffix) }
        #expect(try files() == before)
        #expect(try ids(path) == [1])
    }

    // MARK: Sizes

    @Test func thePartsMakeUpTheFile() throws {
        let store = try EventStore(path: path)
        try store.write((1...300).map { .hookRun(long($0)) })
        try store.write((0..<500).map { .level(source: "mic", record($0)) })
        try store.write([.event(event(1, at: 10)), .event(event(2, at: 7_000))])
        _ = try store.remove(.hookRuns, before: time(100), limit: 100)
        try store.close()
        let sizes = try EventReader(path: path).sizes()
        let file = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64)
        let parts = sizes.parts.reduce(0) { $0 + $1.bytes }
        // Some pages say where others are (sqlite.org/fileformat2.html, section 1.8).
        #expect(abs(parts + sizes.freeBytes - file) <= 20 * 4_096)
        #expect(sizes.canShrink && sizes.freeBytes > 5_000_000)
        #expect(sizes.parts[0].name == "runs of actions" && sizes.parts[0].bytes > 10_000_000)
        let seconds = try #require(sizes.parts.first { $0.kinds == [.seconds] })
        #expect(seconds.first == time(0) && seconds.last == time(499))
        let events = try #require(sizes.parts.first { $0.name == "events" })
        #expect(events.first == time(10) && events.last == time(7_000))
    }
}
