package import GRDB
internal import HostSystem

/// Copies a database with SQLite's backup interface (sqlite.org/backup.html), also while others
/// write to it.
public enum DatabaseBackup {
    private static let action = "copy the event database"

    /// 16 MB of the usual pages: the backup can be abandoned between two steps.
    private static let pagesPerStep: CInt = 4_096

    /// Makes a copy of a database that a monitor may be writing to. An older file at `target` is
    /// replaced. Throws what an `EventReader` throws, `.cannotCreate` and `.full`.
    ///
    /// - Returns: the size of the copy in bytes
    public static func make(
        of path: String, at target: String, _ work: DatabaseWork
    ) throws(StoreError) -> Int64 {
        let path = try DatabaseFile.resolve(path, action: action, withoutDirectory: .missing)
        guard try DatabaseFile(path: path, action: action) == .ours else {
            throw StoreError(.missing, path: path, action: action)
        }
        do {
            let target = try freePlace(target, for: path)
            let database = try DatabaseQueue(path: path, configuration: Connection.reader())
            try copy(database, path: path, to: target, work)
            return try fileSize(target)
        } catch let error as SystemError {
            throw StoreError(copying: error, path: path, to: target)
        } catch {
            throw StoreError(reading: error, path: path, action: action)
        }
    }

    /// Where a copy can be written. A log of what is there is not left for SQLite to write into the
    /// copy (sqlite.org/howtocorrupt.html, section 1.4).
    private static func freePlace(_ target: String, for path: String) throws -> String {
        let target = try resolvedPath(target)
        func refuse(_ why: String) -> StoreError {
            StoreError(.cannotCopy(to: target), path: path, action: action, underlying: why)
        }
        guard target != path else { throw refuse("it would replace itself") }
        guard try fileSize(target + "-wal") == 0, !fileExists(target + "-journal") else {
            throw refuse("a program may be using it: it has a log")
        }
        for suffix in ["-wal", "-shm"] { try removeFile(target + suffix) }
        return target
    }

    /// Makes a copy of an open database as it is at one moment, and checks it. The copy takes its
    /// name only when it is complete; an older file of that name is replaced. Nothing that others
    /// write meanwhile makes it begin again: all of it is one read transaction.
    ///
    /// - Parameters:
    ///   - path: the database, for messages
    ///   - work: says how far it has got, and can stop it
    ///   - finish: is called with the complete file before it takes its name
    package static func copy(
        _ database: DatabaseQueue, path: String, to target: String, _ work: DatabaseWork,
        finish: (_ draft: String) throws -> Void = { _ in }
    ) throws {
        try work.begin("copying \(path) to \(target)")
        try DatabaseFile.checkRoom(
            forCopyOf: path, at: target, what: "the copy", action: action)
        try DatabaseCreation.replaceFile(target) { draft in
            try fill(draft, from: database, path: path, work)
            try finish(draft)
        }
    }

    private static func fill(
        _ draft: String, from database: DatabaseQueue, path: String, _ work: DatabaseWork
    ) throws {
        let copy = try DatabaseQueue(path: draft, configuration: Connection.rollbackJournal())
        let original = try work.with(database) {
            try database.read { source in
                // The first thing that is read decides which moment it is.
                let original = try Contents(source)
                try copy.writeWithoutTransaction { destination in
                    try source.backup(to: destination, pagesPerStep: pagesPerStep) { progress in
                        try work.update(progress.fractionCompleted)
                    }
                }
                return original
            }
        }
        try work.begin("checking the copy of \(path)")
        let found = try work.with(copy) {
            try copy.read { db in
                (try DatabaseCheck.faults("integrity_check", db), try Contents(db))
            }
        }
        guard found.0.isEmpty else {
            throw StoreError(
                .damaged, path: path, action: action,
                underlying: found.0.joined(separator: "; "))
        }
        guard found.1 == original else {
            throw StoreError(
                .fault, path: path, action: action,
                underlying: "the copy differs from the database")
        }
        // One file without a log beside it; whoever writes to it later changes that.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
    }

    /// What a copy must have in common with its original.
    private struct Contents: Equatable {
        let version: Int
        /// The number of rows of each table.
        let rows: [String: Int]

        init(_ db: Database) throws {
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            var rows: [String: Int] = [:]
            for table in tables {
                rows[table] = try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM \(table.quotedDatabaseIdentifier)")
            }
            (version, self.rows) = (try Schema.version(of: db), rows)
        }
    }
}

extension DatabaseBackupProgress {
    fileprivate var fractionCompleted: Double {
        totalPageCount == 0 ? 1 : Double(completedPageCount) / Double(totalPageCount)
    }
}
