public import Database
internal import GRDB
public import SoundTypes
public import Timekeeping

/// Writes what the owner says about stored events, also while the monitor writes to the database.
public struct EventMarker {
    private let writer: OwnerWriter

    /// Opens the database. Throws what `EventReader` throws, and `.readOnly`.
    public init(path: String) throws(StoreError) {
        writer = try OwnerWriter(path: path, action: "mark an event")
    }

    /// The database, without symbolic links.
    public var path: String { writer.path }

    /// Marks all parts of an event, replacing any earlier mark.
    ///
    /// Throws `.replaced` if the database was replaced meanwhile.
    ///
    /// - Parameter mark: `nil` removes the mark
    /// - Returns: whether there is such an event
    public func mark(
        event id: Int64, _ mark: EventMark?, at time: UTCTime
    ) throws(StoreError) -> Bool {
        try writer.write { db in
            let isThere =
                try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM event WHERE id = ?)",
                    arguments: [id]) ?? false
            guard isThere else { return false }
            guard let mark else {
                try db.execute(sql: "DELETE FROM mark WHERE event_id = ?", arguments: [id])
                return true
            }
            try db.execute(
                sql: """
                    INSERT INTO mark (event_id, verdict, label, marked_us)
                    VALUES (?, ?, ?, ?)
                    ON CONFLICT (event_id) DO UPDATE SET verdict = excluded.verdict,
                      label = excluded.label, marked_us = excluded.marked_us
                    """,
                arguments: [id, mark.verdict.rawValue, mark.label, time.microseconds])
            return true
        }
    }
}
