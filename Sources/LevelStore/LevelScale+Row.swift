internal import Database
package import GRDB
package import LevelTypes

/// The row of a scale. Levels and events refer to it by number.
extension LevelScale {
    /// The number of the scale; a new one is given one.
    package func id(in db: Database) throws -> Int64 {
        let select = """
            SELECT id FROM scale
            WHERE full_scale_db = ? AND calibration = ? AND correction IS ?
            """
        let insert = "INSERT INTO scale (full_scale_db, calibration, correction) VALUES (?, ?, ?)"
        let arguments: StatementArguments = [fullScaleDecibels, state.rawValue, correction]
        let query = try db.cachedStatement(sql: select)
        if let id = try Int64.fetchOne(query, arguments: arguments) { return id }
        try db.cachedStatement(sql: insert).execute(arguments: arguments)
        return db.lastInsertedRowID
    }

    /// K of any microphone and far more, in dB.
    static let acceptedDecibels = -1_000.0...1_000

    /// All scales by their number.
    package static func all(in db: Database) throws -> [Int64: LevelScale] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, full_scale_db, calibration, correction FROM scale")
        var scales: [Int64: LevelScale] = [:]
        for row in rows {
            let row = StoredRow(row, of: "scale")
            scales[try row.value(0)] = LevelScale(
                fullScaleDecibels: try row.number(1, in: acceptedDecibels),
                state: try row.known(CalibrationState(rawValue: row.value(2)), 2),
                correction: try row.value(3))
        }
        return scales
    }
}
