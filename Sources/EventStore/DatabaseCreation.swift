internal import GRDB

/// Makes a new database.
enum DatabaseCreation {
    /// Builds the database as `<path>.new` and renames it, so that a file at `path` is complete
    /// whenever anybody sees it. An empty file at `path` is replaced. The caller holds the lock.
    static func create(path: String, schema: Schema) throws {
        let draft = path + ".new"
        do {
            try remove(draft)
            try fill(draft, schema)
            try renameFile(draft, path)
        } catch let error as SystemError {
            throw EventStoreError(
                .cannotCreate, path: path, action: "create the event database",
                underlying: error.message)
        }
    }

    private static func fill(_ draft: String, _ schema: Schema) throws {
        let queue = try DatabaseQueue(
            path: plainPath(draft), configuration: Connection.rollbackJournal())
        try schema.migrator.migrate(queue)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            // The mode is kept in the file.
            try db.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try queue.close()
    }

    /// Removes what a killed attempt left behind.
    static func remove(_ draft: String) throws(SystemError) {
        for suffix in ["", "-journal", "-wal", "-shm"] { try removeFile(draft + suffix) }
    }
}
