public import Database
internal import GRDB
public import SoundTypes
public import Timekeeping

/// Writes what the owner says about stored events, also while the monitor writes to the database.
///
/// It takes no writer lock: it writes to one table, which the monitor never writes to, and SQLite
/// makes the two wait for each other. It creates and migrates nothing.
public struct EventMarker {
    /// The database, without symbolic links.
    public let path: String
    private let queue: DatabaseQueue
    /// The database and its log, as they were opened.
    private let files: OpenedFiles

    /// Opens the database. Throws what `EventReader` throws, and `.readOnly`.
    public init(path: String) throws(StoreError) {
        // A database that can be read has this program's schema.
        self.path = try EventReader(path: path).path
        do {
            queue = try DatabaseQueue(
                path: self.path, configuration: Connection.writer(maximumBytes: nil))
            files = try OpenedFiles(path: self.path)
        } catch {
            throw StoreError(error, path: self.path, action: Self.action)
        }
    }

    private static let action = "mark an event"

    /// Marks all parts of an event, replacing any earlier mark.
    ///
    /// Throws `.replaced` if the database was replaced meanwhile.
    ///
    /// - Parameter mark: `nil` removes the mark
    /// - Returns: whether there is such an event
    public func mark(
        event id: Int64, _ mark: EventMark?, at time: UTCTime
    ) throws(StoreError) -> Bool {
        do {
            let isMarked = try queue.write { db in
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
            try files.check(path: path)
            return isMarked
        } catch {
            throw StoreError(error, path: path, action: Self.action)
        }
    }
}
