internal import Acoustics
internal import GRDB

/// The row of an event.
extension SoundEvent {
    private static let columns = """
        event.id, event.part, event.source, event.label, event.onset_us, event.heard_until_us,
        event.peak_confidence, event.mean_confidence, event.status
        """

    /// Inserts or replaces the row of this id and part. `ended_order` is given once, when the
    /// event ends, and stays.
    func save(to db: Database) throws {
        let source = try NameTable.source.id(of: source, in: db)
        let label = try NameTable.label.id(of: label, in: db)
        let sql = """
            INSERT INTO event (
              id, part, source, label, onset_us, heard_until_us, peak_confidence,
              mean_confidence, status, ended_order)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
              CASE WHEN ?9 = 'open' THEN NULL
              ELSE (SELECT coalesce(max(ended_order), 0) + 1 FROM event
                    WHERE ended_order IS NOT NULL) END)
            ON CONFLICT (id, part) DO UPDATE SET
              source = excluded.source, label = excluded.label,
              onset_us = excluded.onset_us, heard_until_us = excluded.heard_until_us,
              peak_confidence = excluded.peak_confidence,
              mean_confidence = excluded.mean_confidence, status = excluded.status,
              ended_order = CASE WHEN excluded.status = 'open' THEN NULL
                ELSE coalesce(event.ended_order, excluded.ended_order) END
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, part, source, label, onset.microseconds, heardUntil.microseconds,
            peakConfidence, meanConfidence, status.rawValue,
        ])
    }

    /// The events for which a condition holds. `rest` is what follows WHERE, the condition first.
    static func fetch(
        _ db: Database, where rest: String, arguments: StatementArguments = []
    ) throws -> [SoundEvent] {
        let sources = try NameTable.source.names(in: db)
        let labels = try NameTable.label.names(in: db)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT \(columns) FROM event WHERE \(rest)", arguments: arguments)
        var events: [SoundEvent] = []
        while let row = try rows.next() {
            events.append(try SoundEvent(row, sources: sources, labels: labels))
        }
        return events
    }

    /// A row with the columns of `columns`.
    private init(_ row: Row, sources: [Int64: String], labels: [Int64: String]) throws {
        let status: String = row[8]
        self.init(
            id: row[0], part: row[1], source: try known(sources[row[2]], "source"),
            label: try known(labels[row[3]], "label"), onset: UTCTime(microseconds: row[4]),
            heardUntil: UTCTime(microseconds: row[5]), peakConfidence: row[6],
            meanConfidence: row[7], status: try known(Status(rawValue: status), "status"))
    }
}

/// The value of a column, or the error for a row that the schema rules out.
func known<Value>(_ value: Value?, _ column: String) throws -> Value {
    guard let value else {
        throw DatabaseError(
            resultCode: .SQLITE_CORRUPT, message: "a row has an unknown \(column)")
    }
    return value
}
