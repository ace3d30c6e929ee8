internal import Database
internal import GRDB
public import Timekeeping

/// The owner knows of an alert.
public struct Acknowledgement: Sendable, Hashable {
    public var alert: Int64
    /// When he said so, on the wall clock.
    public var time: UTCTime
    /// What he said; may be empty.
    public var comment: String

    public init(alert: Int64, time: UTCTime, comment: String) {
        self.alert = alert
        self.time = time
        self.comment = comment
    }
}

/// The row of an acknowledgement.
extension Acknowledgement {
    /// Inserts or replaces the row of this alert.
    func save(to db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO acknowledgement (alert, acknowledged_us, comment) VALUES (?, ?, ?)
                ON CONFLICT (alert) DO UPDATE SET
                  acknowledged_us = excluded.acknowledged_us, comment = excluded.comment
                """,
            arguments: [alert, time.microseconds, comment])
    }

    /// Those of alerts that last, by alert.
    static func ofUnresolved(_ db: Database) throws -> [Acknowledgement] {
        let sql = """
            SELECT alert, acknowledged_us, comment FROM acknowledgement
            WHERE alert IN (SELECT id FROM alert WHERE resolved_us IS NULL) ORDER BY alert
            """
        return try Row.fetchAll(db, sql: sql).map { row in
            let row = StoredRow(row, of: "acknowledgement")
            return Acknowledgement(
                alert: try row.value(0), time: UTCTime(microseconds: try row.value(1)),
                comment: try row.value(2))
        }
    }
}
