package import Database
package import GRDB
package import LevelTypes
internal import Timekeeping

/// The row of a calibration.
extension Calibration {
    /// Adds a row and gives it a number.
    package mutating func insert(into db: Database) throws {
        let sql = """
            INSERT INTO calibration (
              source, input, time_us, note, calibrator_db, calibrator_hz, measured_hz,
              spread_db, before_db, after_db)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(
            sql: sql,
            arguments: [
                try NameTable.source.id(of: source, in: db), input, time.microseconds, note,
                calibratorLevel, calibratorFrequency, measuredFrequency, spread, before, after,
            ])
        id = db.lastInsertedRowID
    }

    package static func fetch(_ db: Database, _ filter: RowFilter) throws -> [Calibration] {
        let sql = """
            SELECT calibration.id, source.name, input, time_us, note, calibrator_db,
              calibrator_hz, measured_hz, spread_db, before_db, after_db
            FROM calibration JOIN source ON source.id = calibration.source
            \(filter.whereClause) ORDER BY calibration.id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            Calibration(
                id: row[0], source: row[1], input: row[2], time: UTCTime(microseconds: row[3]),
                note: row[4], calibratorLevel: row[5], calibratorFrequency: row[6],
                measuredFrequency: row[7], spread: row[8], before: row[9], after: row[10])
        }
    }

    /// The calibration of a source and an input that was entered last: one made under a clock that
    /// was years ahead must not count for years.
    package static func last(_ db: Database, source: String, input: String) throws -> Calibration? {
        var filter = RowFilter()
        filter.add("source.name = ?", source)
        filter.add("input = ?", input)
        return try fetch(db, filter).last
    }
}
