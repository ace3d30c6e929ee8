public import Database
public import Dispatch
internal import GRDB
internal import LevelStore
internal import SoundTypes
internal import Synchronization

/// The writer of the event database: one SQLite file in WAL mode, one writer at a time.
///
/// Every call blocks until the data is on the disk (`synchronous=FULL`), so call it from a thread
/// that may block, not from the cooperative pool. The calls are serialised; a batch is stored as a
/// whole or not at all. `docs/database.md` describes the file.
public final class EventStore: Sendable {
    /// The database, without symbolic links.
    public let path: String
    let queue: DatabaseQueue
    private let lock: WriterLock
    /// The database and its log, as they were opened.
    private let files: OpenedFiles
    /// The bound on the size of the pictures; `nil`: any number of bytes.
    private let pictureBound: PictureBound?
    /// Where every call must come from; `nil`: from anywhere.
    private let callers: DispatchQueue?
    private let lastEventID: Atomic<Int64>
    private let lastSessionID: Atomic<Int64>
    private let lastHookRunID: Atomic<Int64>

    /// Opens the database for writing. If it is missing it is created; the directory must exist.
    /// One with an older schema is migrated after a backup to `<path>.backup-v<schema>`. What an
    /// earlier monitor left open becomes `interrupted`. Anything but a regular file is refused.
    ///
    /// - Parameters:
    ///   - maximumBytes: The size that the database file may reach, rounded to pages; a write
    ///     beyond it fails with `.full`. `nil`: as large as the disk allows.
    ///   - pictureBytes: How much the pictures of events may take; the oldest are removed, now and
    ///     whenever one is written. `nil`: none is ever removed.
    ///   - queue: The queue from which this and all other calls must come, which is checked. `nil`:
    ///     the caller makes sure that they come from where waiting is allowed.
    ///   - opening: Tells other threads how far this has got, and lets them stop it.
    public convenience init(
        path: String, maximumBytes: Int64? = nil, pictureBytes: Int64? = nil,
        queue: DispatchQueue? = nil, opening: StoreOpening = StoreOpening()
    ) throws(StoreError) {
        try self.init(
            path: path, maximumBytes: maximumBytes, pictureBytes: pictureBytes, schema: .current,
            callers: queue, opening: opening)
    }

    package init(
        path: String, maximumBytes: Int64?, pictureBytes: Int64? = nil, schema: Schema,
        callers: DispatchQueue? = nil, opening: StoreOpening = StoreOpening()
    ) throws(StoreError) {
        if let callers { dispatchPrecondition(condition: .onQueue(callers)) }
        self.callers = callers
        let action = "open the event database"
        let path = try DatabaseFile.resolve(path, action: action, withoutDirectory: .cannotCreate)
        _ = try DatabaseFile(path: path, action: action)
        let pictureBound = pictureBytes.map(PictureBound.init)
        self.pictureBound = pictureBound
        lock = try WriterLock(path: path, action: action)
        // Read again: until now another writer may have been creating it.
        let found = try DatabaseFile(path: path, action: action)
        do {
            if found != .ours { try DatabaseCreation.create(path: path, schema: schema) }
            let queue = try DatabaseQueue(
                path: path, configuration: Connection.writer(maximumBytes: maximumBytes))
            try DatabaseMigration.migrate(queue, path: path, schema: schema, opening)
            try opening.begin("closing what an earlier monitor left open")
            let last = try queue.write { db in
                try Self.interruptWhatIsOpen(db)
                try StoredLevels(db).closeOpenMinutes()
                if let pictureBound { try pictureBound.keep(pictureBound.bytes(in: db), in: db) }
                return try Self.lastIDs(db)
            }
            self.queue = queue
            files = try OpenedFiles(path: path)
            lastEventID = Atomic(last.event)
            lastSessionID = Atomic(last.session)
            lastHookRunID = Atomic(last.hookRun)
        } catch {
            throw StoreError(error, path: path, action: action)
        }
        self.path = path
    }

    /// A number that no event in this database has, higher than all before. Any thread may ask.
    public func nextEventID() -> Int64 {
        // Only the number itself is shared, so no memory ordering is needed.
        lastEventID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// A number that no session in this database has. Any thread may ask.
    public func nextSessionID() -> Int64 {
        lastSessionID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// A number that no run of a hook in this database has, higher than all before. Any thread may
    /// ask.
    public func nextHookRunID() -> Int64 {
        lastHookRunID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Stores a batch in one transaction, in order. If it throws, nothing of the batch is stored;
    /// if the error `isWorthRetrying`, the same batch can be written again later. Throws
    /// `.replaced` if the database is no longer the file that was opened.
    public func write(_ changes: [StoreChange]) throws(StoreError) {
        try writing("write \(changes.count) changes") { db in
            var levels = LevelWriter(db)
            var pictures = PictureWriter(db, pictureBound)
            for change in changes { try Self.write(change, to: db, &levels, &pictures) }
            try levels.finish()
            try pictures.finish()
        }
    }

    /// Moves everything into the database file and releases the writer lock. Nothing can be written
    /// afterwards. May be called more than once.
    ///
    /// The emptied `-wal` and the `-shm` file stay, so that a reader that may not write to the
    /// directory can still open the database (sqlite.org/wal.html, "Read-Only Databases").
    public func close() throws(StoreError) {
        try doing("close the event database") {
            try queue.close()
        }
        lock.release()
    }

    /// Runs `body` in a transaction of the file that was opened, and gives its errors a kind.
    func writing<Result>(
        _ action: String, _ body: (Database) throws -> Result
    ) throws(StoreError) -> Result {
        try doing(action) {
            try files.check(path: path)
            return try queue.write(body)
        }
    }

    /// Runs `body` and gives its errors a kind.
    func doing<Result>(
        _ action: String, _ body: () throws -> Result
    ) throws(StoreError) -> Result {
        if let callers { dispatchPrecondition(condition: .onQueue(callers)) }
        do {
            return try body()
        } catch {
            throw StoreError(error, path: path, action: action)
        }
    }
}

extension EventStore {
    private static func write(
        _ change: StoreChange, to db: Database, _ levels: inout LevelWriter,
        _ pictures: inout PictureWriter
    ) throws {
        switch change {
        case .event(let event): try event.save(to: db)
        case .gap(let gap): try gap.save(to: db)
        case .session(let session): try session.save(to: db)
        case .hookRun(let run): try run.save(to: db)
        case .level(let source, let record): try levels.write(record, of: source)
        case .picture(let picture): try pictures.write(picture)
        }
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
        try db.execute(
            sql: "UPDATE hook_run SET outcome = 'interrupted' WHERE outcome = 'running'")
    }

    /// The highest ids in use. A hook may have run for an event that was never stored, so its event
    /// id counts too. `sqlite_sequence` remembers the highest run id there ever was
    /// (sqlite.org/autoinc.html).
    private static func lastIDs(
        _ db: Database
    ) throws -> (event: Int64, session: Int64, hookRun: Int64) {
        let event = try Int64.fetchOne(
            db,
            sql: """
                SELECT max(coalesce((SELECT max(id) FROM event), 0),
                           coalesce((SELECT max(event_id) FROM hook_run), 0))
                """)
        let session = try Int64.fetchOne(db, sql: "SELECT max(id) FROM recording")
        let hookRun = try Int64.fetchOne(
            db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'hook_run'")
        return (event ?? 0, session ?? 0, hookRun ?? 0)
    }
}
