internal import GRDB
internal import HostSystem

/// Brings an existing database to the schema of this program.
enum DatabaseMigration {
    /// Throws `.newerSchema` before anything is changed. The caller holds the lock.
    static func migrate(_ queue: DatabaseQueue, path: String, schema: Schema) throws {
        let found = try queue.read { db in try Schema.version(of: db) }
        guard found <= schema.version else {
            throw EventStoreError(
                .newerSchema(found: found, known: schema.version), path: path,
                action: "open the event database")
        }
        guard found < schema.version else { return }
        try backUp(queue, to: "\(path).backup-v\(found)", path: path)
        try schema.migrator.migrate(queue)
    }

    /// Copies the database with the backup API of SQLite (sqlite.org/backup.html) and checks the
    /// copy. It takes its name only when it is whole; an older backup of that name is replaced.
    private static func backUp(_ queue: DatabaseQueue, to backup: String, path: String) throws {
        do {
            try DatabaseCreation.replaceFile(backup) { draft in
                let copy = try DatabaseQueue(
                    path: draft, configuration: Connection.rollbackJournal())
                try queue.backup(to: copy)
                try check(copy, against: queue, path: path)
                try copy.close()
            }
        } catch let error as SystemError {
            throw EventStoreError(
                .cannotCreate, path: path, action: "back the event database up to \(backup)",
                underlying: error.message)
        }
    }

    private static func check(
        _ copy: DatabaseQueue, against queue: DatabaseQueue, path: String
    ) throws {
        let faults = try copy.read { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check")
        }
        guard faults == ["ok"] else {
            throw EventStoreError(
                .damaged, path: path, action: "back the event database up",
                underlying: faults.prefix(3).joined(separator: "; "))
        }
        guard try Contents(copy) == Contents(queue) else {
            throw EventStoreError(
                .fault, path: path, action: "back the event database up",
                underlying: "the backup differs from the database")
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
