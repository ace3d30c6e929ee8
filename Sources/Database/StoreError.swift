internal import GRDB
internal import Glibc
public import HostSystem

/// Why the event database could not be opened, read or written.
public struct StoreError: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The path is empty. Remedy: name a file.
        case emptyPath
        /// There is no database. Remedy: start `monitord`, which creates it.
        case missing
        /// A file of the database cannot be opened or read: because of its permissions, or because
        /// no descriptor is left. Remedy: its permissions, another user, or a higher limit on open
        /// files.
        case unreadable
        /// The database, a backup or the lock file cannot be created. Remedy: create the directory,
        /// or let the user of the monitor write to it.
        case cannotCreate
        /// A copy of the database cannot be written. Remedy: another directory, or its permissions.
        case cannotCopy(to: String)
        /// The database may be read but not written. Remedy: its permissions, or a file system that
        /// is mounted for writing.
        case readOnly
        /// The path leads to a directory, a device or a pipe. It was left untouched.
        case notAFile
        /// The file is not an SQLite database. It was left untouched.
        case notADatabase
        /// The file is another program's SQLite database. It was left untouched.
        case foreign(applicationID: Int32)
        /// A newer version of the program made the database. Remedy: run that version.
        case newerSchema(found: Int, known: Int)
        /// An older version made the database and nothing has migrated it yet. Remedy: start
        /// `monitord`, which migrates it after a backup. Only readers report it.
        case olderSchema(found: Int, needed: Int)
        /// Another process is writing to the database, perhaps by another name of the file; `nil`
        /// if its pid is not known.
        case inUse(pid: Int32?)
        /// The database stayed locked for longer than the busy timeout. Remedy: try again.
        case busy
        /// The disk is full, or the size limit of the database has been reached. Nothing in the
        /// batch was stored. Remedy: write the same batch again once there is room.
        case full
        /// The database was removed or replaced while it was open. What has been written since is
        /// lost with the old file. Remedy: start the monitor again.
        case replaced
        /// The content of the file is damaged. Remedy: `EventStore.recover`, a backup, or
        /// `sqlite3 .recover`.
        case damaged
        /// Reading or writing failed below SQLite.
        case inputOutput
        /// The call was broken off before its end: memory was short, or something got in the way.
        /// Nothing in the batch was stored. Remedy: try again.
        case interrupted
        /// A value breaks a rule of the schema, or cannot be encoded. A fault of the caller, and
        /// the only kind for which a change may be dropped.
        case invalidValue
        /// The program was asked to stop while the database was being opened. The database is as it
        /// was, or migrated by whole steps.
        case abandoned
        /// Anything else that SQLite reports, most likely a fault of this program. The values are
        /// not known to be to blame.
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

    /// Whether the same call may succeed later without restarting the program: somebody frees
    /// space, memory, a lock or descriptors, fixes permissions, or mounts the disk again. An
    /// unknown fault may pass, too. What is wrong with the content of the file, or with the values,
    /// stays wrong.
    public var isWorthRetrying: Bool {
        switch kind {
        case .full, .busy, .inputOutput, .interrupted, .unreadable, .cannotCreate, .readOnly,
            .fault:
            true
        case .emptyPath, .missing, .notAFile, .notADatabase, .foreign, .newerSchema, .olderSchema,
            .inUse, .replaced, .damaged, .invalidValue, .abandoned, .cannotCopy:
            false
        }
    }

    /// Whether `EventStore.recover` puts another database in the place of this one. Not that of
    /// whoever named the wrong file: only what was ours can be damaged.
    public var isMended: Bool { kind == .damaged }

    /// Whether the database may well be opened later, if nobody does anything but make room, end a
    /// transaction, mend it or wait.
    package var mayPassWhileOpening: Bool {
        switch kind {
        case .full, .busy, .inputOutput, .interrupted: true
        default: isMended
        }
    }

    /// Why a file that the database needs could not be created.
    package init(creating error: SystemError, path: String, action: String) {
        let kind: Kind =
            switch error.number {
            case ENOSPC, EDQUOT: .full
            case EIO: .inputOutput
            default: .cannotCreate
            }
        self.init(kind, path: path, action: action, underlying: error.message)
    }

    /// Why a copy could not be written.
    init(copying error: SystemError, path: String, to target: String) {
        self.init(creating: error, path: path, action: "copy the event database")
        guard kind == .cannotCreate else { return }
        self.init(
            .cannotCopy(to: target), path: path, action: action, underlying: error.message)
    }

    /// Gives an error from SQLite or the system its kind. Errors of this type pass unchanged.
    package init(_ error: any Error, path: String, action: String) {
        if let known = error as? StoreError {
            self = known
        } else if error is DatabaseWork.Abandoned {
            self.init(.abandoned, path: path, action: action)
        } else if let error = error as? DatabaseError {
            let kind = Kind(error.extendedResultCode)
            let remedy =
                kind == .damaged ? "; a monitor that writes to it recovers what can be read" : ""
            self.init(
                kind, path: path, action: action,
                underlying: "\(error.message ?? "no message") "
                    + "(SQLite code \(error.extendedResultCode.rawValue))\(remedy)")
        } else if let error = error as? RowDecodingError {
            self.init(
                .damaged, path: path, action: action, underlying: String(describing: error))
        } else if let error = error as? RowFault {
            self.init(
                .damaged, path: path, action: action,
                underlying: "\(error); sqlite3 can correct or delete it")
        } else if error is EncodingError {
            self.init(
                .invalidValue, path: path, action: action, underlying: String(describing: error))
        } else if let error = error as? SystemError {
            let remedy = error.number == EACCES ? "; its owner and members of its group may" : ""
            self.init(
                .unreadable, path: path, action: action, underlying: error.message + remedy)
        } else {
            self.init(.fault, path: path, action: action, underlying: String(describing: error))
        }
    }

    /// The same for a reader, which creates nothing: if SQLite may not write the files that it
    /// needs in order to read, the database is unreadable.
    package init(reading error: any Error, path: String, action: String) {
        let error = StoreError(error, path: path, action: action)
        self.init(
            error.kind == .readOnly ? .unreadable : error.kind, path: path, action: action,
            underlying: error.underlying)
    }
}

extension StoreError.Kind {
    /// What each result code means for a call, according to sqlite.org/rescode.html. An extended
    /// code that is not named here means what its primary code does.
    ///
    /// A change is dropped only for a constraint or a mismatch: whatever else SQLite says, its
    /// value may be a good one.
    fileprivate init(_ code: ResultCode) {
        self =
            switch code {
            // "May indicate that the underlying filesystem volume is out of space": it is a page of
            // the wal-index that does not fit.
            case .SQLITE_IOERR_SHMSIZE: .full
            // Memory, not the disk.
            case .SQLITE_IOERR_NOMEM: .interrupted
            // "The database file has been moved since it was opened."
            case .SQLITE_READONLY_DBMOVED: .replaced

            case .SQLITE_ERROR: .fault  // the SQL, or a table that somebody removed
            case .SQLITE_INTERNAL: .fault  // a bug in SQLite
            case .SQLITE_PERM: .unreadable  // the mode of a new file
            case .SQLITE_ABORT: .interrupted  // another statement rolled back
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy  // another connection, or this one
            case .SQLITE_NOMEM: .interrupted  // no memory
            case .SQLITE_READONLY: .readOnly
            case .SQLITE_INTERRUPT: .interrupted  // sqlite3_interrupt
            case .SQLITE_IOERR: .inputOutput
            case .SQLITE_CORRUPT: .damaged
            case .SQLITE_NOTFOUND: .fault  // an opcode unknown to a file
            case .SQLITE_FULL: .full
            case .SQLITE_CANTOPEN: .unreadable
            case .SQLITE_PROTOCOL: .busy  // several connections that keep locking
            case .SQLITE_EMPTY: .fault  // not used
            case .SQLITE_SCHEMA: .interrupted  // the schema changed meanwhile
            case .SQLITE_TOOBIG: .fault  // more than a gigabyte; no change is a thousandth of it
            case .SQLITE_CONSTRAINT: .invalidValue  // a rule of the schema
            case .SQLITE_MISMATCH: .invalidValue  // a type that the column does not take
            case .SQLITE_MISUSE: .fault  // a bug in this program
            case .SQLITE_NOLFS: .full  // the file system does not allow a larger file
            case .SQLITE_AUTH: .unreadable
            case .SQLITE_FORMAT: .fault  // not used
            case .SQLITE_RANGE: .fault  // a parameter that the statement does not have
            case .SQLITE_NOTADB: .damaged  // `DatabaseFile` found it to be one
            case .SQLITE_NOTICE, .SQLITE_WARNING: .fault  // only in the error log
            case .SQLITE_OK, .SQLITE_ROW, .SQLITE_DONE: .fault  // not errors
            default: .fault  // from a later SQLite
            }
    }
}

extension StoreError: ExitStatusProviding {
    public var exitStatus: ExitStatus {
        switch kind {
        case .emptyPath: .usage
        case .missing, .unreadable: .noInput
        case .cannotCreate, .cannotCopy, .readOnly: .cannotCreate
        case .notAFile, .notADatabase, .foreign, .newerSchema, .olderSchema, .damaged: .badData
        case .inUse, .busy, .abandoned, .interrupted: .temporary
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
            "there is no event database \(path); monitord creates it when it starts, and "
                + "--database or EARWITNESS_DATABASE names another"
        case .unreadable:
            "cannot \(action), \(path) cannot be opened or read\(reason)"
        case .cannotCreate:
            "cannot \(action), the directory of \(path) must exist and be writable (--database or "
                + "EARWITNESS_DATABASE names another)\(reason)"
        case .cannotCopy(let target):
            "cannot copy \(path) to \(target)\(reason)"
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
        case .interrupted:
            "cannot \(action), it was broken off in \(path); nothing of it was stored\(reason)"
        case .invalidValue:
            "cannot \(action), a value is not acceptable to \(path)\(reason)"
        case .abandoned:
            "the event database \(path) was not opened: the monitor is stopping"
        case .fault:
            "cannot \(action) in \(path)\(reason)"
        }
    }
}
