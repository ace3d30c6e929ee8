internal import GRDB
public import HostSystem

/// Why the event database could not be opened, read or written.
public struct EventStoreError: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The path is empty. Remedy: name a file.
        case emptyPath
        /// There is no database. Remedy: start `monitord`, which creates it.
        case missing
        /// A file of the database cannot be opened or read: its permissions, or no descriptor is
        /// left. Remedy: its permissions, another user, or a higher limit on open files.
        case unreadable
        /// The database, a backup or the lock file cannot be created. Remedy: create the directory,
        /// or let the user of the monitor write to it.
        case cannotCreate
        /// The database may be read but not written. Remedy: its permissions, or a file system that
        /// is mounted for writing.
        case readOnly
        /// The path leads to a directory, a device or a pipe. It was left untouched.
        case notAFile
        /// The file is not an SQLite database. It was left untouched.
        case notADatabase
        /// The file is an SQLite database of another program. It was left untouched.
        case foreign(applicationID: Int32)
        /// A newer version of the program made the database. Remedy: run that version.
        case newerSchema(found: Int, known: Int)
        /// An older version made the database and nothing migrated it yet. Remedy: start
        /// `monitord`, which migrates it after a backup. Only readers report it.
        case olderSchema(found: Int, needed: Int)
        /// Another process writes to the database; `nil` when its pid is not known.
        case inUse(pid: Int32?)
        /// The database stayed locked for longer than the busy timeout. Remedy: try again.
        case busy
        /// The disk is full, or the size limit of the database is reached. Nothing of the batch
        /// was stored. Remedy: write the same batch again once there is room.
        case full
        /// The database was removed or replaced while it was open. What was written since is lost
        /// with the old file. Remedy: start the monitor again.
        case replaced
        /// The content of the file is damaged. Remedy: restore a backup, or `sqlite3 .recover`.
        case damaged
        /// Reading or writing failed below SQLite.
        case inputOutput
        /// A value breaks a rule of the schema. A fault of the caller.
        case invalidValue
        /// The program was asked to stop while the database was being opened. The database is as it
        /// was.
        case abandoned
        /// Anything else that SQLite reports. A fault of this program.
        case fault
    }

    public let kind: Kind
    /// The database.
    public let path: String
    /// What was being done: "write 3 changes".
    public let action: String
    /// What SQLite or the system said; empty when it said nothing.
    public let underlying: String

    package init(_ kind: Kind, path: String, action: String, underlying: String = "") {
        self.kind = kind
        self.path = path
        self.action = action
        self.underlying = underlying
    }

    /// Whether the same call can succeed later without a new start of the program: somebody frees
    /// space, a lock or descriptors, mends permissions, or mounts the disk again. What is wrong
    /// with the content of the file, or with the values, stays wrong.
    public var isWorthRetrying: Bool {
        switch kind {
        case .full, .busy, .inputOutput, .unreadable, .cannotCreate, .readOnly: true
        case .emptyPath, .missing, .notAFile, .notADatabase, .foreign, .newerSchema, .olderSchema,
            .inUse, .replaced, .damaged, .invalidValue, .abandoned, .fault:
            false
        }
    }

    /// Gives an error of SQLite or of the system its kind. Errors of this type pass unchanged.
    package init(_ error: any Error, path: String, action: String) {
        if let known = error as? EventStoreError {
            self = known
        } else if error is StoreOpening.Abandoned {
            self.init(.abandoned, path: path, action: action)
        } else if let error = error as? DatabaseError {
            self.init(
                Kind(error.extendedResultCode), path: path, action: action,
                underlying: "\(error.message ?? "no message") "
                    + "(SQLite code \(error.extendedResultCode.rawValue))")
        } else if let error = error as? SystemError {
            self.init(.unreadable, path: path, action: action, underlying: error.message)
        } else {
            self.init(.fault, path: path, action: action, underlying: String(describing: error))
        }
    }

    /// The same for a reader, who creates nothing: where SQLite may not write the files that it
    /// needs to read, the database is not readable.
    package init(reading error: any Error, path: String, action: String) {
        let error = EventStoreError(error, path: path, action: action)
        self.init(
            error.kind == .readOnly ? .unreadable : error.kind, path: path, action: action,
            underlying: error.underlying)
    }
}

extension EventStoreError.Kind {
    /// The result codes are those of sqlite.org/rescode.html.
    fileprivate init(_ code: ResultCode) {
        switch code {
        case .SQLITE_IOERR_SHMSIZE:
            // "This error code may indicate that the underlying filesystem volume is out of
            // space." The page of the wal-index is what does not fit.
            self = .full
        case .SQLITE_FULL: self = .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_CORRUPT: self = .damaged
        case .SQLITE_NOTADB: self = .notADatabase
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .unreadable
        case .SQLITE_READONLY: self = .readOnly
        case .SQLITE_IOERR: self = .inputOutput
        case .SQLITE_CONSTRAINT: self = .invalidValue
        default: self = .fault
        }
    }
}

extension EventStoreError: ExitStatusProviding {
    public var exitStatus: ExitStatus {
        switch kind {
        case .emptyPath: .usage
        case .missing, .unreadable: .noInput
        case .cannotCreate, .readOnly: .cannotCreate
        case .notAFile, .notADatabase, .foreign, .newerSchema, .olderSchema, .damaged: .badData
        case .inUse, .busy, .abandoned: .temporary
        case .full, .inputOutput, .replaced: .inputOutput
        case .invalidValue, .fault: .software
        }
    }

    public var description: String {
        let reason = underlying.isEmpty ? "" : ": \(underlying)"
        return switch kind {
        case .emptyPath:
            "cannot \(action), its path is empty; name a file"
        case .missing:
            "there is no event database \(path); monitord creates it when it starts"
        case .unreadable:
            "cannot \(action), \(path) cannot be opened or read\(reason)"
        case .cannotCreate:
            "cannot \(action), the directory of \(path) must exist and be writable\(reason)"
        case .readOnly:
            "cannot \(action), \(path) is not writable\(reason)"
        case .notAFile:
            "\(path) is not a regular file, so no event database; it was left untouched"
        case .notADatabase:
            "\(path) is not an SQLite database; it was left untouched"
        case .foreign(let applicationID):
            "\(path) is an SQLite database of another program (application id "
                + "\(applicationID), expected \(Schema.applicationID)); it was left untouched"
        case .newerSchema(let found, let known):
            "\(path) has schema \(found), this version knows schemas up to \(known); "
                + "run the newer version, or use another database"
        case .olderSchema(let found, let needed):
            "\(path) has schema \(found), this version reads schema \(needed); "
                + "start monitord once to migrate it"
        case .inUse(let pid):
            "another monitor \(pid.map { "(pid \($0)) " } ?? "")writes to \(path); "
                + "stop it, or use another database"
        case .busy:
            "cannot \(action), \(path) stayed locked\(reason)"
        case .full:
            "cannot \(action), no room is left for \(path); nothing of it was stored\(reason)"
        case .replaced:
            "the event database \(path) was removed or replaced while in use; "
                + "restart the monitor"
        case .damaged:
            "cannot \(action), \(path) is damaged\(reason)"
        case .inputOutput:
            "cannot \(action), reading or writing \(path) failed\(reason)"
        case .invalidValue:
            "cannot \(action), a value is not acceptable to \(path)\(reason)"
        case .abandoned:
            "the event database \(path) was not opened: the monitor is stopping"
        case .fault:
            "cannot \(action) in \(path)\(reason)"
        }
    }
}
