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

    /// More than any calibrator gives.
    private static let acceptedHertz = 0.0...1_000_000

    package static func fetch(_ db: Database, _ filter: RowFilter) throws -> [Calibration] {
        let sql = """
            SELECT calibration.id, source.name, input, time_us, note, calibrator_db,
              calibrator_hz, measured_hz, spread_db, before_db, after_db
            FROM calibration JOIN source ON source.id = calibration.source
            \(filter.whereClause) ORDER BY calibration.id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let row = StoredRow(row, of: "calibration")
            let decibels = LevelScale.acceptedDecibels
            return Calibration(
                id: try row.value(0), source: try row.value(1), input: try row.value(2),
                time: UTCTime(microseconds: try row.value(3)), note: try row.value(4),
                calibratorLevel: try row.number(5, in: decibels),
                calibratorFrequency: try row.number(6, in: acceptedHertz),
                measuredFrequency: try row.number(7, in: acceptedHertz),
                spread: try row.number(8, in: decibels),
                before: try row.numberIfPresent(9, in: decibels),
                after: try row.number(10, in: decibels))
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
