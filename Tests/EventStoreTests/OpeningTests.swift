import Database
import EventStore
import Foundation
import GRDB
import HostSystem
import TestSupport
import Testing

@Suite struct OpeningTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    @Test func theTablesAreStrictAndTheModeIsDurable() throws {
        let store = try EventStore(path: path)
        try inside(path) { (db) throws in
            #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
            #expect(try Int32.fetchOne(db, sql: "PRAGMA application_id") == 0x4541_5257)
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 6)
            let tables = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, strict FROM pragma_table_list
                    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
                      AND name <> 'grdb_migrations' ORDER BY name
                    """)
            #expect(
                tables.map { $0["name"] as String }
                    == [
                        "acknowledgement", "alert", "alert_event", "calibration", "event",
                        "event_picture", "gap", "hook_run", "label", "level_histogram",
                        "level_open", "level_rollup", "level_second", "mark", "measurement",
                        "recording", "reload", "rule_state", "scale", "score_block",
                        "score_series", "silence", "source", "suppression",
                    ])
            #expect(tables.allSatisfy { $0["strict"] == 1 })
        }
        try store.write([.event(event(1))])
        // SQLite itself refuses anything that is not a number.
        #expect(throws: DatabaseError.self) {
            try inside(path) { (db) throws in
                try db.execute(sql: "UPDATE event SET onset_us = 'noon'")
            }
        }
    }

    @Test func theFilesOfTheWALStayAfterTheLastConnection() throws {
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        try store.close()
        #expect(
            try directory.contents()
                == ["events.db", "events.db-shm", "events.db-wal", "events.db.lock"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).isEmpty)
    }

    @Test func aDatabaseOpensAgainWithWhatItHeld() throws {
        let first = try EventStore(path: path)
        try first.write([.event(event(7))])
        try first.close()
        let second = try EventStore(path: path)
        #expect(second.nextEventID() == 8)
        #expect(try EventReader(path: path).events(EventQuery()) == [event(7)])
    }

    @Test func anEmptyFileBecomesADatabase() throws {
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(readingError(path)?.kind == .missing)
        #expect(openingError(path) == nil)
        #expect(readingError(path) == nil)
    }

    @Test func aFileThatIsNoDatabaseStaysAsItIs() throws {
        for content in ["x", String(repeating: "no database\n", count: 1_000)] {
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            #expect(openingError(path)?.kind == .notADatabase)
            #expect(readingError(path)?.kind == .notADatabase)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
            #expect(try directory.contents() == ["events.db"])
        }
    }

    @Test func theDatabaseOfAnotherProgramStaysAsItIs() throws {
        try inside(path) { (db) throws in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA application_id = 252006")
            try db.execute(sql: "CREATE TABLE event (id INTEGER PRIMARY KEY)")
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = try #require(openingError(path))
        #expect(error.kind == .foreign(applicationID: 252_006))
        #expect(error.description.contains("application id 252006, expected 1161908823"))
        #expect(readingError(path)?.kind == .foreign(applicationID: 252_006))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try directory.contents() == ["events.db"])
    }

    @Test func aMissingDirectoryIsNamed() throws {
        let path = directory.path("nowhere/events.db")
        let error = try #require(openingError(path))
        #expect(error.kind == .cannotCreate)
        #expect(error.exitStatus == .cannotCreate)
        #expect(error.description.contains(path))
        #expect(error.description.contains("No such file or directory"))
        #expect(readingError(path)?.kind == .missing)
        #expect(readingError(path)?.exitStatus == .noInput)
    }

    /// A file in place of the directory stops root too.
    @Test func aPathBelowAFileIsRefused() throws {
        try Data("file".utf8).write(to: URL(fileURLWithPath: directory.path("file")))
        let path = directory.path("file/events.db")
        #expect(openingError(path)?.kind == .unreadable)
        #expect(readingError(path)?.kind == .unreadable)
    }

    /// Nobody can create a file in /proc.
    @Test func aReadOnlyDirectoryIsRefused() throws {
        let error = try #require(openingError("/proc/events.db"))
        #expect(error.kind == .cannotCreate)
    }

    @Test func aDirectoryIsNoDatabase() throws {
        #expect(openingError(directory.url.path)?.kind == .notAFile)
        #expect(readingError(directory.url.path)?.kind == .notAFile)
    }

    /// A pipe stands for anything that is empty but not a regular file, such as devices: an empty
    /// file is replaced.
    @Test func whatIsNoFileIsNotReplaced() throws {
        #expect(mkfifo(path, 0o644) == 0)
        let link = directory.path("link.db")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        for name in [path, link] {
            let error = try #require(openingError(name))
            #expect(error.kind == .notAFile)
            #expect(error.exitStatus == .badData)
            #expect(error.description.contains("\(path) is not a regular file"))
        }
        #expect(readingError("/dev/null")?.kind == .notAFile)
        #expect(try directory.contents() == ["events.db", "link.db"])
        let type = try FileManager.default.attributesOfItem(atPath: path)[.type]
        #expect(type as? FileAttributeType != .typeRegular)
    }

    @Test func anEmptyPathIsRefused() throws {
        for error in [openingError(""), readingError("")] {
            let error = try #require(error)
            #expect(error.kind == .emptyPath)
            #expect(error.exitStatus == .usage)
            #expect(error.description.contains("its path is empty"))
        }
    }

    // MARK: Links

    /// The file is created where the link points, and the link stays.
    @Test func aLinkToNothingLeadsToANewDatabase() throws {
        try FileManager.default.createDirectory(
            atPath: directory.path("data"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: "data/second.db")
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("data/second.db"),
            withDestinationPath: directory.path("data/third.db"))
        let store = try EventStore(path: path)
        #expect(store.path.split(separator: "/").suffix(2) == ["data", "third.db"])
        try store.write([.event(event(1))])
        #expect(try directory.contents() == ["data", "events.db"])
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: path) == "data/second.db")
        #expect(try EventReader(path: path).events(EventQuery()) == [event(1)])
    }

    @Test func twoNamesOfADatabaseHaveOneWriter() throws {
        let store = try EventStore(path: path)
        let link = directory.path("link.db")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "events.db")
        let way = directory.path("way")
        try FileManager.default.createSymbolicLink(atPath: way, withDestinationPath: ".")
        for name in [link, way + "/events.db", way + "/link.db", way + "/./way//events.db"] {
            #expect(openingError(name)?.kind == .inUse(pid: getpid()), "\(name)")
        }
        #expect(try !directory.contents().contains("link.db.lock"))
        try store.close()
        #expect(openingError(link) == nil)
    }

    @Test func linksInACircleAreRefused() throws {
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: "events.db")
        let error = try #require(openingError(path))
        #expect(error.kind == .unreadable)
        #expect(error.description.contains("symbolic links"))
    }

    /// The pid of the writer goes into the lock, and into no other file.
    @Test func aLinkInPlaceOfTheLockIsRefused() throws {
        let victim = directory.path("victim")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: victim))
        try FileManager.default.createSymbolicLink(
            atPath: path + ".lock", withDestinationPath: victim)
        #expect(openingError(path)?.kind == .cannotCreate)
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
    }

    /// A link into a missing directory: nothing is put next to the link.
    @Test func aLinkIntoAMissingDirectoryIsRefused() throws {
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: "nowhere/events.db")
        #expect(openingError(path)?.kind == .cannotCreate)
        #expect(readingError(path)?.kind == .missing)
        #expect(try directory.contents() == ["events.db"])
    }

    @Test func theReaderCreatesNothing() throws {
        #expect(readingError(path)?.kind == .missing)
        #expect(try directory.contents() == [])
    }

    @Test func aSecondWriterIsToldWhoWrites() throws {
        let store = try EventStore(path: path)
        let error = try #require(openingError(path))
        #expect(error.kind == .inUse(pid: getpid()))
        #expect(error.exitStatus == .temporary)
        #expect(error.description.contains("pid \(getpid())"))
        try store.close()
        #expect(openingError(path) == nil)
    }

    /// Whoever tidies up beside the database, or gives it another name, does not let in a second
    /// writer, whose events would have the numbers of the first.
    @Test func theLockIsThatOfTheFile() throws {
        let store = try EventStore(path: path)
        try FileManager.default.removeItem(atPath: path + ".lock")
        let hardLink = directory.path("other.db")
        try FileManager.default.linkItem(atPath: path, toPath: hardLink)
        for name in [path, hardLink] {
            // Twice: the one that was refused leaves no way in.
            for _ in 1...2 {
                let error = try #require(openingError(name))
                #expect(error.kind == .inUse(pid: nil), "\(name)")
                #expect(error.exitStatus == .temporary)
            }
        }
        // Reading the file, as every opening does, takes nothing away from the lock.
        #expect(try EventReader(path: path).events(EventQuery()) == [])
        try store.write([.event(event(1))])
        try store.close()
        #expect(openingError(path) == nil)
        #expect(openingError(hardLink) == nil)
    }

    /// What was heard is for the owner and the group of the files, however they come to be.
    @Test func nobodyElseMayReadTheFiles() throws {
        func modes() throws -> [String: Int] {
            var modes: [String: Int] = [:]
            for name in try directory.contents() {
                let mode = try FileManager.default.attributesOfItem(
                    atPath: directory.path(name))[.posixPermissions]
                modes[name] = (mode as? NSNumber)?.intValue
            }
            return modes
        }
        let files = ["events.db", "events.db-shm", "events.db-wal", "events.db.lock"]
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        #expect(try modes() == Dictionary(uniqueKeysWithValues: files.map { ($0, 0o640) }))
        try store.close()
        // Those of an earlier version were everybody's, or wider still for the group.
        for name in files { #expect(chmod(directory.path(name), 0o664) == 0) }
        let next = try EventStore(
            path: path, maximumBytes: nil,
            schema: Schema(steps: Schema.current.steps + ["CREATE TABLE note (text TEXT) STRICT"]))
        try next.write([.event(event(2))])
        var expected = Dictionary(uniqueKeysWithValues: files.map { ($0, 0o660) })
        expected["events.db.backup-v\(Schema.current.version)"] = 0o640
        #expect(try modes() == expected)
        try next.close()
    }

    /// While a command of a rule is being started, its process has the files of the monitor open,
    /// too. Neither a database that is opened again nor the next monitor waits for that.
    @Test func theLocksAreGivenUpThoughAChildHasThem() throws {
        try EventStore(path: path).close()
        let lock = try WriterLock(path: path, action: "open it")
        try lock.hold(path, action: "open it")
        let copies = try copiesOfDescriptors()
        defer { for copy in copies { close(copy) } }
        #expect(copies.count >= 2)
        // As after an opening for which the disk had no room.
        try lock.hold(path, action: "open it")
        #expect(openingError(path)?.kind == .inUse(pid: getpid()))
        lock.release()
        #expect(openingError(path) == nil)
    }

    /// What a child gets of this process: descriptors of the same open files, those of the
    /// database.
    private func copiesOfDescriptors() throws -> [Int32] {
        let files = URL(fileURLWithPath: "/proc/self/fd")
        return try FileManager.default.contentsOfDirectory(atPath: files.path).compactMap { name in
            // Gone if another test has closed it meanwhile.
            let target = files.appending(path: name).resolvingSymlinksInPath().path
            guard target == path || target == path + ".lock" else { return nil }
            return dup(try #require(Int32(name)))
        }
    }

    /// The lock goes with the process that held it, however it ended.
    @Test func theLockOfAKilledProcessIsFree() async throws {
        try EventStore(path: path).close()
        let holder = try RunningProcess(
            [
                "/usr/bin/flock", "--no-fork", path + ".lock", "sh", "-c",
                "echo locked; exec sleep 600",
            ])
        try await waitUntil("it is locked") { try holder.standardOutput() == "locked\n" }
        guard case .inUse = openingError(path)?.kind else {
            Issue.record("the lock was not held")
            return
        }
        holder.send(SIGKILL)
        #expect(try holder.wait().signal == SIGKILL)
        #expect(openingError(path) == nil)
    }

    /// Whoever is asked to reload must be the one that writes, under this name.
    @Test func theHolderOfTheLockIsKnown() throws {
        let store = try EventStore(path: path)
        #expect(try WriterLock.holder(of: path) == getpid())
        let other = directory.path("other.db")
        #expect(link(path, other) == 0)
        #expect(try WriterLock.holder(of: other) == nil)
        try Data("1\n".utf8).write(to: URL(fileURLWithPath: other + ".lock"))
        #expect(try WriterLock.holder(of: other) == nil)
        try store.close()
        #expect(try WriterLock.holder(of: path) == nil)
    }

    @Test func nothingIsWrittenAfterTheEnd() throws {
        let store = try EventStore(path: path)
        try store.close()
        try store.close()
        #expect(throws: StoreError.self) { try store.write([.event(event(1))]) }
        #expect(try EventReader(path: path).events(EventQuery()) == [])
    }

    /// What a killed monitor left half made is made again.
    @Test func aHalfMadeDatabaseIsMadeAgain() throws {
        try Data("torn".utf8).write(to: URL(fileURLWithPath: path + ".new"))
        try Data("torn".utf8).write(to: URL(fileURLWithPath: path + ".new-journal"))
        #expect(openingError(path) == nil)
        #expect(try !directory.contents().contains { $0.contains(".new") })
    }

    @Test func aDatabaseThatCannotBeMadeLeavesNoDraft() throws {
        let broken = Schema(steps: ["CREATE TABLE note (text TEXT) STRICT; SELECT x FROM y"])
        #expect(throws: StoreError.self) {
            try EventStore(path: path, maximumBytes: nil, schema: broken)
        }
        #expect(try directory.contents() == ["events.db.lock"])
        #expect(openingError(path) == nil)
    }

    /// SQLite may read a name that begins with "file:" as a URI.
    @Test func aPathIsNeverAURI() throws {
        let path = directory.path("file:events?mode=memory.db")
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        #expect(try EventReader(path: path).events(EventQuery()).count == 1)
        #expect(try directory.contents().contains("file:events?mode=memory.db"))
    }
}
