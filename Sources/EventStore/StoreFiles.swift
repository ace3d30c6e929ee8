internal import AlertTypes
internal import Database
internal import GRDB
internal import HostSystem
internal import LevelStore
internal import SoundTypes
internal import Synchronization
internal import Timekeeping

/// The files of the event database: the lock of its one writer and the connection, once the disk
/// has room for them.
final class StoreFiles: Sendable {
    /// The highest ids in use.
    struct LastIDs {
        var event: Int64 = 0
        var session: Int64 = 0
        var hookRun: Int64 = 0
        var alert: Int64 = 0
    }

    private struct State {
        var lock: WriterLock?
        var connection: Connected?
        /// What an earlier monitor left open is closed.
        var isTidy = false
    }

    private struct Connected {
        let queue: DatabaseQueue
        /// The database and its log, as they were opened.
        let files: OpenedFiles
    }

    private static let action = "open the event database"

    /// The database, without symbolic links.
    let path: String
    /// The bound on the size of the pictures; `nil`: any number of bytes.
    let pictureBound: PictureBound?
    private let maximumBytes: Int64?
    private let schema: Schema
    private let state = Mutex(State())

    /// Opens nothing. Throws if a file that is not ours is in the way.
    init(
        path: String, maximumBytes: Int64?, pictureBytes: Int64?, schema: Schema
    ) throws(StoreError) {
        self.path = try DatabaseFile.resolve(
            path, action: Self.action, withoutDirectory: .cannotCreate)
        do throws(StoreError) {
            _ = try DatabaseFile(path: self.path, action: Self.action)
        } catch {
            guard error.isMended else { throw error }
        }
        self.maximumBytes = maximumBytes
        self.schema = schema
        pictureBound = pictureBytes.map(PictureBound.init)
    }

    var isOpen: Bool { state.withLock { $0.connection != nil } }

    /// Locks and opens the database for writing; creates or migrates it if it has to. What an
    /// earlier monitor left open becomes `interrupted`. The lock is kept even if the rest fails.
    func open(_ opening: DatabaseWork) throws(StoreError) -> LastIDs {
        let lock = try lock()
        // Read again: until now another writer may have been creating it.
        let found = try DatabaseFile(path: path, action: Self.action)
        do {
            if found != .ours { try DatabaseCreation.create(path: path, schema: schema) }
            try lock.hold(path, action: Self.action)
            try DatabaseFile.closeToOthers(path, schema: schema)
            let queue = try DatabaseQueue(
                path: path, configuration: Connection.writer(maximumBytes: maximumBytes))
            try DatabaseMigration.migrate(queue, path: path, schema: schema, opening)
            try opening.begin("closing what an earlier monitor left open")
            let last = try queue.write { db in
                try tidyUp(db)
                if let pictureBound { try pictureBound.keepAll(in: db) }
                return try Self.lastIDs(db)
            }
            let connected = Connected(queue: queue, files: try OpenedFiles(path: path))
            state.withLock { state in (state.connection, state.isTidy) = (connected, true) }
            return last
        } catch {
            throw schemaDamage(behind: StoreError(error, path: path, action: Self.action))
        }
    }

    /// Where a letter of the schema is damaged, SQLite finds no such column, or no such table.
    private func schemaDamage(behind fault: StoreError) -> StoreError {
        guard fault.kind == .fault else { return fault }
        do {
            let queue = try DatabaseQueue(path: path, configuration: Connection.reader())
            guard try queue.read({ try !schema.isIntact(in: $0) }) else { return fault }
        } catch {
            return fault
        }
        return StoreError(
            .damaged, path: path, action: Self.action,
            underlying: "\(fault.underlying); its tables are not as they were made")
    }

    /// Closes what an earlier monitor left open, unless this one has been at work already.
    private func tidyUp(_ db: Database) throws {
        if !state.withLock({ $0.isTidy }) { try Self.interruptWhatIsOpen(db) }
        try StoredLevels(db).closeOpenMinutes()
    }

    /// Becomes the one writer, unless it is already.
    private func lock() throws(StoreError) -> WriterLock {
        if let lock = state.withLock({ $0.lock }) { return lock }
        let lock = try WriterLock(path: path, action: Self.action)
        state.withLock { $0.lock = lock }
        return lock
    }

    /// The highest ids in use in a database that could not be opened for writing because of
    /// `fault`, which is thrown if it cannot be read either; of a damaged one, ids that are higher.
    func lastIDs(unless fault: StoreError) throws(StoreError) -> LastIDs {
        do {
            return try read(Self.lastIDs) ?? LastIDs()
        } catch {
            guard fault.isMended else { throw fault }
            // An id takes longer than a second.
            let seconds = UTCTime.now().microseconds / 1_000_000
            return LastIDs(
                event: seconds, session: seconds, hookRun: seconds, alert: seconds)
        }
    }

    /// Puts a new database in the place of a damaged one, with what can be read of it, and opens
    /// it.
    ///
    /// - Parameters:
    ///   - copies: false: the new one is empty
    ///   - goOn: is called again and again, and ends it by throwing
    ///   - finish: is called in a transaction of the new one before anybody sees it
    func replaceDamaged(
        copies: Bool, goOn: @escaping () throws -> Void,
        finish: (Database, LastIDs, RecoveredDatabase) throws -> Void
    ) throws -> RecoveredDatabase {
        let lock = try lock()
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        do {
            try connection?.queue.close()
        } catch is DatabaseError {
            // What its log holds cannot be moved into the damaged file: the log goes aside with it.
        }
        try lock.hold(path, action: Self.action)
        let recovered = try DatabaseRecovery.replace(
            path, aside: Self.unusedPath(beside: path, "damaged"), schema: schema,
            copies: copies, goOn: goOn
        ) { db, recovered in
            try withoutSenselessRows(db, &recovered) { _ in
                try tidyUp(db)
                try Self.readWhatRulesNeed(db)
            }
            recovered.refuse(try StoredLevels(db).removeUnreadableSeconds(goOn: goOn))
            try withoutSenselessRows(db, &recovered) { recovered in
                try finish(db, Self.lastIDs(db), recovered)
            }
        }
        _ = try open(DatabaseWork())
        return recovered
    }

    /// What a monitor reads before its rules can go on. Throws `RowFault` if a row makes no sense.
    private static func readWhatRulesNeed(_ db: Database) throws {
        _ = try Alert.unresolved(db)
        _ = try HookRun.unfinished(db)
        _ = try RuleRecord.fetchAll(db)
        _ = try Silence.fetch(db, RowFilter())
    }

    /// Runs `body` again and again, each time without a row that keeps it from its end.
    private func withoutSenselessRows(
        _ db: Database, _ recovered: inout RecoveredDatabase,
        _ body: (RecoveredDatabase) throws -> Void
    ) throws {
        while true {
            do {
                let known = recovered
                try db.inSavepoint {
                    try body(known)
                    return .commit
                }
                return
            } catch let fault as RowFault {
                guard try fault.removeRow(from: db) else { throw fault }
                recovered.refuse(try 1 + DatabaseRecovery.mendReferences(db))
            }
        }
    }

    /// A name for a database that is put aside: `events.db.damaged-2026-11-29`; `….2` if that is
    /// taken.
    static func unusedPath(beside path: String, _ why: String) -> String {
        let date = CivilTime(localDateOf: .now())?.dateText ?? "undated"
        let names = (1...).lazy.map { number in
            "\(path).\(why)-\(date)" + (number == 1 ? "" : ".\(number)")
        }
        // An endless sequence has a first.
        return names.first { !fileExists($0) && !fileExists($0 + "-wal") }!
    }

    /// Runs `body` in a transaction of the file that was opened.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        let connection = try connected()
        try connection.files.check(path: path)
        return try connection.queue.write(body)
    }

    /// Reads the database, also while it has no room; `nil` if there is none.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result? {
        if let connection = state.withLock({ $0.connection }) {
            return try connection.queue.read(body)
        }
        guard try DatabaseFile(path: path, action: Self.action) == .ours else { return nil }
        do {
            return try DatabaseQueue(path: path, configuration: Connection.reader()).read(body)
        } catch is DatabaseError {
            let queue = try DatabaseQueue(path: path, configuration: Connection.soleReader())
            return try queue.read(body)
        }
    }

    /// Moves everything into the database file and releases the lock. May be called more than once.
    func close() throws {
        let (connection, lock) = state.withLock { state in
            defer { state.lock = nil }
            return (state.connection, state.lock)
        }
        try connection?.queue.close()
        lock?.release()
    }

    func openQueue() throws -> DatabaseQueue { try connected().queue }

    private func connected() throws -> Connected {
        guard let connection = state.withLock({ $0.connection }) else {
            throw StoreError(.interrupted, path: path, action: Self.action)
        }
        return connection
    }

    /// The monitor that wrote these rows is gone: we hold the lock.
    private static func interruptWhatIsOpen(_ db: Database) throws {
        let open = try SoundEvent.fetch(db, where: "status = 'open'")
        for var event in open {
            event.status = .interrupted
            try event.save(to: db)
        }
        try db.execute(
            sql: "UPDATE recording SET status = 'interrupted' WHERE status = 'running'")
        try HookRun.interruptOpen(in: db)
    }

    /// A hook may have run, or an alert been told, for an event that was never stored, so its event
    /// id counts too. `sqlite_sequence` remembers the highest id of a run and of an alert that
    /// there ever was (sqlite.org/autoinc.html).
    private static func lastIDs(_ db: Database) throws -> LastIDs {
        let highest = { (sql: String) in try Int64.fetchOne(db, sql: sql) ?? 0 }
        var last = LastIDs(
            event: max(
                try highest("SELECT max(id) FROM event"),
                try highest("SELECT max(event_id) FROM hook_run")),
            session: try highest("SELECT max(id) FROM recording"),
            hookRun: try highest("SELECT seq FROM sqlite_sequence WHERE name = 'hook_run'"))
        // A database that has no room to be migrated may be older than alerts.
        guard try db.tableExists("alert") else { return last }
        last.event = max(last.event, try highest("SELECT max(event_id) FROM alert_event"))
        last.alert = max(
            try highest("SELECT seq FROM sqlite_sequence WHERE name = 'alert'"),
            try highest("SELECT max(alert_id) FROM hook_run"))
        return last
    }
}
