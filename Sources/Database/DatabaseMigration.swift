package import GRDB
internal import HostSystem

/// Brings an existing database to the schema of this program.
package enum DatabaseMigration {
    /// 16 MB of the usual pages: the backup can be abandoned between two steps.
    private static let pagesPerStep: CInt = 4_096

    /// Throws `.newerSchema` before anything is changed. The caller holds the lock.
    package static func migrate(
        _ queue: DatabaseQueue, path: String, schema: Schema, _ opening: StoreOpening
    ) throws {
        let found = try queue.read { db in try Schema.version(of: db) }
        guard found >= 1 else {
            throw StoreError(
                .damaged, path: path, action: "open the event database",
                underlying: "its schema has the number \(found)")
        }
        guard found <= schema.version else {
            throw StoreError(
                .newerSchema(found: found, known: schema.version), path: path,
                action: "open the event database")
        }
        guard found < schema.version else { return }
        let backup = "\(path).backup-v\(found)"
        try backUp(queue, to: backup, path: path, opening)
        let what = "\(path) from schema \(found) to \(schema.version)"
        try opening.begin("migrating \(what)")
        // Each step is a transaction: an interrupted one leaves the previous schema.
        try opening.with(queue) { try schema.migrator.migrate(queue) }
        opening.noteMigration("migrated \(what); \(backup) has it as it was")
    }

    /// Copies the database with SQLite's backup API (sqlite.org/backup.html) and checks the copy.
    /// The copy takes its name only when it is complete; an older backup of that name is replaced.
    private static func backUp(
        _ queue: DatabaseQueue, to backup: String, path: String, _ opening: StoreOpening
    ) throws {
        try opening.begin("backing up to \(backup)")
        do {
            try DatabaseFile.checkRoom(
                forCopyOf: path, what: "the backup", action: "back the event database up")
            try DatabaseCreation.replaceFile(backup) { draft in
                let copy = try DatabaseQueue(
                    path: draft, configuration: Connection.rollbackJournal())
                try queue.backup(to: copy, pagesPerStep: pagesPerStep) { progress in
                    try opening.update(progress.fractionCompleted)
                }
                try opening.begin("checking \(backup)")
                try opening.with(copy) { try check(copy, path: path) }
                let copied = try opening.with(copy) { try Contents(copy) }
                try opening.begin("comparing \(backup) with \(path)")
                let original = try opening.with(queue) { try Contents(queue) }
                guard copied == original else {
                    throw StoreError(
                        .fault, path: path, action: "back the event database up",
                        underlying: "the backup differs from the database")
                }
                try copy.close()
            }
        } catch let error as SystemError {
            throw StoreError(
                creating: error, path: path, action: "back the event database up to \(backup)")
        }
    }

    private static func check(_ copy: DatabaseQueue, path: String) throws {
        let faults = try copy.read { db in try DatabaseCheck.faults("integrity_check", db) }
        guard faults.isEmpty else {
            throw StoreError(
                .damaged, path: path, action: "back the event database up",
                underlying: faults.joined(separator: "; "))
        }
    }

    /// What a backup must have in common with its original.
    private struct Contents: Equatable {
        let version: Int
        /// The number of rows of each table.
        let rows: [String: Int]

        init(_ queue: DatabaseQueue) throws {
            (version, rows) = try queue.read { db in
                let tables = try String.fetchAll(
                    db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
                var rows: [String: Int] = [:]
                for table in tables {
                    rows[table] = try Int.fetchOne(
                        db, sql: "SELECT count(*) FROM \(table.quotedDatabaseIdentifier)")
                }
                return (try Schema.version(of: db), rows)
            }
        }
    }
}

extension DatabaseBackupProgress {
    fileprivate var fractionCompleted: Double {
        totalPageCount == 0 ? 1 : Double(completedPageCount) / Double(totalPageCount)
    }
}
