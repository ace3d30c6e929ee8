internal import AlertTypes
public import Database
public import Dispatch
internal import GRDB
internal import LevelStore
internal import SoundTypes
internal import Synchronization

/// The writer of the event database: one SQLite file in WAL mode, one writer at a time, whatever
/// names the file has.
///
/// Every call blocks until the data is on the disk (`synchronous=FULL`), so call it from a thread
/// that may block, not from the cooperative pool. The calls are serialised; a batch is stored as a
/// whole or not at all. `docs/database.md` describes the file.
public final class EventStore: Sendable {
    /// Scores of so many seconds, from a multiple of it on, are stored in one row: together they
    /// are written once.
    public static let secondsPerScoreRow = ScoreBlock.seconds

    /// The database, without symbolic links.
    public let path: String
    /// Why the database could not be opened yet; `nil` if it was opened at once. Each `write` tries
    /// again.
    public let openingFault: StoreError?
    let files: StoreFiles
    /// Where every call must come from; `nil`: from anywhere.
    private let callers: DispatchQueue?
    private let lastEventID: Atomic<Int64>
    private let lastSessionID: Atomic<Int64>
    private let lastHookRunID: Atomic<Int64>
    private let highestAlertID: Atomic<Int64>
    let recovery = Mutex(RecoveryHistory())

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
    ///   - isPatient: Whether a disk that is full, or another fault that may pass, is no reason to
    ///     throw: the database is then opened by the first `write` that can. Nor is damage: `write`
    ///     throws until `recover` was called.
    public convenience init(
        path: String, maximumBytes: Int64? = nil, pictureBytes: Int64? = nil,
        queue: DispatchQueue? = nil, opening: DatabaseWork = DatabaseWork(),
        isPatient: Bool = false
    ) throws(StoreError) {
        try self.init(
            path: path, maximumBytes: maximumBytes, pictureBytes: pictureBytes, schema: .current,
            callers: queue, opening: opening, isPatient: isPatient)
    }

    package init(
        path: String, maximumBytes: Int64?, pictureBytes: Int64? = nil, schema: Schema,
        callers: DispatchQueue? = nil, opening: DatabaseWork = DatabaseWork(),
        isPatient: Bool = false
    ) throws(StoreError) {
        if let callers { dispatchPrecondition(condition: .onQueue(callers)) }
        self.callers = callers
        files = try StoreFiles(
            path: path, maximumBytes: maximumBytes, pictureBytes: pictureBytes, schema: schema)
        self.path = files.path
        let last: StoreFiles.LastIDs
        do throws(StoreError) {
            last = try files.open(opening)
            openingFault = nil
        } catch {
            guard isPatient, error.mayPassWhileOpening else { throw error }
            last = try files.lastIDs(unless: error)
            openingFault = error
        }
        lastEventID = Atomic(last.event)
        lastSessionID = Atomic(last.session)
        lastHookRunID = Atomic(last.hookRun)
        highestAlertID = Atomic(last.alert)
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

    /// The highest number of an alert in this database; whoever has the rules counts on from there.
    /// Any thread may ask.
    public var lastAlertID: Int64 { highestAlertID.load(ordering: .relaxed) }

    /// Stores a batch in one transaction, in order. If it throws, nothing of the batch is stored;
    /// if the error `isWorthRetrying`, the same batch can be written again later; if it `isMended`,
    /// after `recover`. Throws `.replaced` if the database is no longer the file that was opened.
    public func write(_ changes: [StoreChange]) throws(StoreError) {
        try writing("write \(changes.count) changes") { db in
            var levels = LevelWriter(db)
            var pictures = PictureWriter(db, files.pictureBound)
            for change in changes { try Self.write(change, to: db, &levels, &pictures) }
            try levels.finish()
            try pictures.finish()
        }
        for case .alerts(let changes) in changes {
            highestAlertID.max(changes.alerts.map(\.id).max() ?? 0, ordering: .relaxed)
        }
    }

    /// Moves everything into the database file and releases the writer lock. Nothing can be written
    /// afterwards. May be called more than once.
    ///
    /// The emptied `-wal` and the `-shm` file stay, so that a reader that may not write to the
    /// directory can still open the database (sqlite.org/wal.html, "Read-Only Databases").
    public func close() throws(StoreError) {
        try doing("close the event database") { try files.close() }
    }

    /// Runs `body` in a transaction of the file that was opened, and gives its errors a kind. Opens
    /// the database first if there was no room for that before.
    func writing<Result>(
        _ action: String, _ body: (Database) throws -> Result
    ) throws(StoreError) -> Result {
        try doing(action) {
            if !files.isOpen {
                // Somebody else may have written before the database was locked.
                note(try files.open(DatabaseWork()))
            }
            return try files.write(body)
        }
    }

    /// These ids are in use.
    func note(_ last: StoreFiles.LastIDs) {
        lastEventID.max(last.event, ordering: .relaxed)
        lastSessionID.max(last.session, ordering: .relaxed)
        lastHookRunID.max(last.hookRun, ordering: .relaxed)
        highestAlertID.max(last.alert, ordering: .relaxed)
    }

    /// Runs `body` on the database, or gives `empty` if there is none yet.
    func reading<Result>(
        _ action: String, empty: Result, _ body: (Database) throws -> Result
    ) throws(StoreError) -> Result {
        try doing(action) { try files.read(body) ?? empty }
    }

    /// The connection, for tests.
    var queue: DatabaseQueue { get throws { try files.openQueue() } }

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
        case .alerts(let changes): try changes.save(to: db)
        case .reload(let reload): try reload.insert(into: db)
        case .level(let source, let record): try levels.write(record, of: source)
        case .picture(let picture): try pictures.write(picture)
        case .scores(let seconds): try ScoreSeries.add(seconds, to: db)
        }
    }
}
