internal import Database
internal import GRDB
internal import LevelTypes
internal import Timekeeping

/// What levels were measured with: a row of `measurement`. Rows of levels refer to it by number.
struct Measurement: Hashable {
    let source: String
    let sampleRate: SampleRate
    let scale: LevelScale

    /// The number of the measurement; a new one is given one.
    func id(in db: Database) throws -> Int64 {
        let arguments: StatementArguments = [
            try NameTable.source.id(of: source, in: db), sampleRate.hertz, try scale.id(in: db),
        ]
        let query = try db.cachedStatement(
            sql: "SELECT id FROM measurement WHERE source = ? AND sample_rate = ? AND scale = ?")
        if let id = try Int64.fetchOne(query, arguments: arguments) { return id }
        let insert = "INSERT INTO measurement (source, sample_rate, scale) VALUES (?, ?, ?)"
        try db.cachedStatement(sql: insert).execute(arguments: arguments)
        return db.lastInsertedRowID
    }

    /// All measurements by their number, of one source if it is given.
    static func all(
        of source: String? = nil, in db: Database
    ) throws -> [(id: Int64, measurement: Measurement)] {
        var filter = RowFilter()
        filter.add("source.name = ?", source)
        let scales = try LevelScale.all(in: db)
        let sql = """
            SELECT measurement.id, source.name, sample_rate, scale
            FROM measurement JOIN source ON source.id = measurement.source
            \(filter.whereClause) ORDER BY measurement.id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let row = StoredRow(row, of: "measurement")
            let measurement = Measurement(
                source: try row.value(1),
                sampleRate: try row.known(SampleRate(hertz: row.value(2)), 2),
                scale: try row.known(scales[row.value(3)], 3))
            return (try row.value(0), measurement)
        }
    }
}
