internal import AlertTypes
internal import Database
internal import GRDB
internal import Timekeeping

/// The row of a silence.
extension Silence {
    /// Inserts a row, and returns the silence with its number.
    func inserted(into db: Database) throws -> Silence {
        try db.execute(
            sql: """
                INSERT INTO silence (created_us, starts_us, ends_us, rule, label, source, comment)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                createdAt.microseconds, startsAt.microseconds, endsAt.microseconds, rule, label,
                source, comment,
            ])
        var silence = self
        silence.id = db.lastInsertedRowID
        return silence
    }

    /// In the order in which they were entered.
    static func fetch(_ db: Database, _ filter: RowFilter) throws -> [Silence] {
        let sql = """
            SELECT id, created_us, starts_us, ends_us, rule, label, source, comment
            FROM silence \(filter.whereClause) ORDER BY id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let row = StoredRow(row, of: "silence")
            let start: Int64 = try row.value(2)
            return Silence(
                id: try row.value(0), createdAt: UTCTime(microseconds: try row.value(1)),
                startsAt: UTCTime(microseconds: start),
                endsAt: UTCTime(microseconds: try row.number(3, in: start...Int64.max)),
                rule: try row.value(4), label: try row.value(5), source: try row.value(6),
                comment: try row.value(7))
        }
    }

    /// Those that are not over.
    static func fetch(_ db: Database, notOverAt time: UTCTime) throws -> [Silence] {
        var filter = RowFilter()
        filter.add("ends_us > ?", time.microseconds)
        return try fetch(db, filter)
    }
}
