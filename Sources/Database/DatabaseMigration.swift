package import GRDB
internal import HostSystem

/// Brings an existing database to the schema of this program.
package enum DatabaseMigration {
    /// Throws `.newerSchema` before anything is changed. The caller holds the lock.
    package static func migrate(
        _ queue: DatabaseQueue, path: String, schema: Schema, _ work: DatabaseWork
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
        try backUp(queue, to: backup, path: path, work)
        let what = "\(path) from schema \(found) to \(schema.version)"
        try work.begin("migrating \(what)")
        // Each step is a transaction: an interrupted one leaves the previous schema.
        try work.with(queue) { try schema.migrator.migrate(queue) }
        work.noteMigration("migrated \(what); \(backup) has it as it was")
    }

    /// Copies the database before it is changed.
    private static func backUp(
        _ queue: DatabaseQueue, to backup: String, path: String, _ work: DatabaseWork
    ) throws {
        do {
            try DatabaseBackup.copy(queue, path: path, to: backup, work)
        } catch let error as SystemError {
            throw StoreError(
                creating: error, path: path, action: "back the event database up to \(backup)")
        }
    }
}
