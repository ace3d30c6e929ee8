internal import Dispatch
package import GRDB
internal import GRDBSQLite

/// How the connections to the database are set up.
package enum Connection {
    /// How long a connection waits for another, in seconds.
    private static let busySeconds = 5.0
    /// The size to which the WAL file is cut back after a checkpoint.
    private static let walLimitBytes = 4 << 20

    package static func writer(maximumBytes: Int64?) -> Configuration {
        var configuration = base()
        configuration.prepareDatabase { db in
            try keepWAL(db)
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            // "WAL mode is safe from corruption with synchronous=NORMAL [but] loses durability":
            // sqlite.org/pragma.html#pragma_synchronous. An alert must survive a power cut.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA journal_size_limit = \(walLimitBytes)")
            if let maximumBytes {
                let pageBytes = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
                let pages = max(1, maximumBytes / pageBytes)
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
        }
        return configuration
    }

    /// For a file that nobody else sees yet, or for a backup.
    package static func rollbackJournal() -> Configuration {
        var configuration = base()
        configuration.prepareDatabase(letShrink)
        return configuration
    }

    /// For a file that takes the rows of another one, which may refer to rows that are gone.
    static func draftOfCopy() -> Configuration {
        var configuration = base()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase(letShrink)
        return configuration
    }

    /// For a damaged file: of a schema that SQLite cannot make out it takes what it can, and lets
    /// it be written (sqlite.org/pragma.html#pragma_writable_schema).
    static func damaged() -> Configuration {
        var configuration = base()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA writable_schema = ON")
        }
        return configuration
    }

    package static func reader() -> Configuration {
        var configuration = base()
        configuration.readonly = true
        return configuration
    }

    /// For reading while there is no room for the index of the log in shared memory: "If [the
    /// locking mode is EXCLUSIVE] prior to the first WAL-mode database access, then [it] never
    /// attempts to call any of the shared-memory methods" (sqlite.org/wal.html, section 6). Nobody
    /// else may have the database open.
    package static func soleReader() -> Configuration {
        var configuration = base()
        configuration.prepareDatabase { db in
            try keepWAL(db)
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        }
        return configuration
    }

    private static func base() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busySeconds)
        // GRDB's own default is `.userInitiated`, for which libdispatch asks the system for a
        // higher priority; users other than root are refused that, with a line on standard error.
        configuration.qos = .default
        return configuration
    }

    /// Lets the file of a new database give free pages back later; in one that has tables it
    /// changes nothing (sqlite.org/pragma.html#pragma_auto_vacuum).
    @Sendable private static func letShrink(_ db: Database) throws {
        try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
    }

    /// Makes the WAL and shared-memory files outlive the last connection
    /// (SQLITE_FCNTL_PERSIST_WAL).
    private static func keepWAL(_ db: Database) throws {
        var keep: CInt = 1
        // SAFETY: the connection is open here, and the control reads one int before it returns.
        let code = unsafe sqlite3_file_control(
            db.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &keep)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}
