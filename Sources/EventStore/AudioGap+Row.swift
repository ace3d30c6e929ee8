internal import Database
internal import GRDB
internal import SoundTypes
internal import Timekeeping

/// The row of a gap.
extension AudioGap {
    /// Inserts the gap, or replaces the gap with the same source, start and cause.
    func save(to db: Database) throws {
        let source = try NameTable.source.id(of: source, in: db)
        let sql = """
            INSERT INTO gap (source, start_us, end_us, lost_samples, cause)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (source, start_us, cause) DO UPDATE SET
              end_us = excluded.end_us, lost_samples = excluded.lost_samples
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            source, start.microseconds, end.microseconds, lostSamples, cause.name,
        ])
    }

    static func fetch(_ db: Database, _ filter: RowFilter) throws -> [AudioGap] {
        let sql = """
            SELECT source.name, start_us, end_us, lost_samples, cause
            FROM gap JOIN source ON source.id = gap.source
            \(filter.whereClause) ORDER BY start_us, source.name, cause
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let row = StoredRow(row, of: "gap", keyCount: 2)
            let (start, cause): (Int64, String) = (try row.value(1), try row.value(4))
            return AudioGap(
                source: try row.value(0), start: UTCTime(microseconds: start),
                end: UTCTime(microseconds: try row.number(2, in: start...Int64.max)),
                lostSamples: try row.number(3, in: 0...Int64.max),
                cause: try row.known(GapCause.allCases.first { $0.name == cause }, 4))
        }
    }
}
