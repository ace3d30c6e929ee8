public import AlertTypes
public import Database
internal import GRDB
public import Timekeeping

/// Enters and ends silences, also while the monitor writes to the database.
public struct SilenceWriter {
    /// What became of a silence that was to end.
    public enum Expiry: Sendable, Hashable {
        /// It has ended, as it is now.
        case expired(Silence)
        /// It was over before.
        case over(Silence)
        /// There is none of this number.
        case unknown
    }

    private let writer: OwnerWriter

    /// Opens the database. Throws what `EventReader` throws, and `.readOnly`.
    public init(path: String) throws(StoreError) {
        writer = try OwnerWriter(path: path, action: "enter a silence")
    }

    /// The database, without symbolic links.
    public var path: String { writer.path }

    /// Enters a silence, whatever its id, and returns it with the one it is given.
    ///
    /// Throws `.invalidValue` if it ends before it starts, and `.replaced` if the database was
    /// replaced meanwhile.
    public func add(_ silence: Silence) throws(StoreError) -> Silence {
        try writer.write { db in try silence.inserted(into: db) }
    }

    /// Ends a silence, one that has not begun too.
    public func expire(_ id: Int64, at time: UTCTime) throws(StoreError) -> Expiry {
        try writer.write { db in
            var filter = RowFilter()
            filter.add("id = ?", id)
            guard var silence = try Silence.fetch(db, filter).first else { return .unknown }
            guard silence.endsAt > time else { return .over(silence) }
            silence.startsAt = min(silence.startsAt, time)
            silence.endsAt = time
            try db.execute(
                sql: "UPDATE silence SET starts_us = ?, ends_us = ? WHERE id = ?",
                arguments: [silence.startsAt.microseconds, silence.endsAt.microseconds, id])
            return .expired(silence)
        }
    }
}
