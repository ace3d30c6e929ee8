internal import Database
internal import GRDB
internal import SoundTypes
internal import Synchronization

/// How much the pictures of events may take, and how much they do take, so that it is not summed
/// again for each batch.
final class PictureBound: Sendable {
    private let limit: Int64
    /// What they took after the last transaction that changed it, and the version of the database
    /// as this connection saw it then; `nil` before the first.
    private let known = Mutex<(bytes: Int64, version: Int64)?>(nil)

    init(_ limit: Int64) {
        self.limit = limit
    }

    /// What the pictures take. It is summed only before the first transaction, and when another
    /// connection has changed the database since the last one: "The integer values returned by two
    /// invocations of PRAGMA data_version from the same connection will be different if changes
    /// were committed to the database by any other connection" (sqlite.org/pragma.html).
    func bytes(in db: Database) throws -> Int64 {
        let version = try Self.version(db)
        if let known = known.withLock({ $0 }), known.version == version { return known.bytes }
        return try EventPicture.allBytes(in: db)
    }

    /// Removes the oldest pictures of a database that was just opened.
    func keepAll(in db: Database) throws {
        try keep(EventPicture.allBytes(in: db), in: db)
    }

    /// Removes the oldest pictures, so that the others take no more than the limit.
    ///
    /// - Parameter bytes: what all of them take now. It is remembered when the transaction commits.
    func keep(_ bytes: Int64, in db: Database) throws {
        let rest = bytes &- (try EventPicture.removeOldest(bytes &- limit, in: db))
        let version = try Self.version(db)
        db.afterNextTransaction { [self] _ in known.withLock { $0 = (rest, version) } }
    }

    /// Pictures were removed in this transaction for another reason than their size.
    func noteRemoval(in db: Database) {
        db.afterNextTransaction { [self] _ in known.withLock { $0 = nil } }
    }

    private static func version(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
    }
}

/// Writes the pictures of one transaction. `finish` is part of it.
struct PictureWriter {
    private let db: Database
    /// `nil`: no picture is ever removed.
    private let bound: PictureBound?
    /// What all pictures take; `nil` before the first one is written.
    private var bytes: Int64?

    init(_ db: Database, _ bound: PictureBound?) {
        self.db = db
        self.bound = bound
    }

    /// Stores a picture, replacing the one its event has.
    mutating func write(_ picture: EventPicture) throws {
        if let bound {
            let before = try bytes ?? bound.bytes(in: db)
            let replaced = try EventPicture.storedBytes(ofEvent: picture.eventID, in: db) ?? 0
            bytes = before &- replaced &+ picture.storedBytes
        }
        try picture.save(to: db)
    }

    /// Removes the excess, if a picture was written.
    func finish() throws {
        if let bound, let bytes { try bound.keep(bytes, in: db) }
    }
}
