package import GRDB
internal import Glibc
internal import HostSystem

/// Creates a new database.
package enum DatabaseCreation {
    /// Builds the database as `<path>.new` and renames it, so that a file at `path` is complete
    /// whenever anybody sees it. An empty file at `path` is replaced. The caller holds the lock.
    package static func create(path: String, schema: Schema) throws {
        do {
            try replaceFile(path) { draft in try fill(draft, schema) }
        } catch let error as SystemError {
            throw StoreError(creating: error, path: path, action: "create the event database")
        }
    }

    /// Lets `fill` make a database at `<path>.new`, which then takes the name `path`. Whatever a
    /// failed or killed attempt left behind is removed. The file is for its owner and its group;
    /// what SQLite puts beside it has the same permissions.
    package static func replaceFile(
        _ path: String, by fill: (_ draft: String) throws -> Void
    ) throws {
        let draft = path + ".new"
        try remove(draft)
        do {
            _ = try OpenFile(
                path: draft, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, isPrivate: true)
            try fill(draft)
            try renameFile(draft, path)
            try AtomicFile.synchronize(directoryOf: path)
        } catch {
            try remove(draft)
            throw error
        }
    }

    private static func fill(_ draft: String, _ schema: Schema) throws {
        let queue = try DatabaseQueue(
            path: draft, configuration: Connection.rollbackJournal())
        try schema.migrator.migrate(queue)
        try complete(queue)
    }

    /// Makes a draft with all its tables a database of ours, and closes it.
    package static func complete(_ draft: DatabaseQueue) throws {
        try draft.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            // The mode is stored in the file.
            try db.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try draft.close()
    }

    private static func remove(_ draft: String) throws(SystemError) {
        for suffix in ["", "-journal", "-wal", "-shm"] { try removeFile(draft + suffix) }
    }
}
