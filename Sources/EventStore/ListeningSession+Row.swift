internal import Database
internal import GRDB
internal import SoundTypes
internal import Timekeeping

/// The row of a session: in the table `recording`, whose name is older than the type.
extension ListeningSession {
    /// Inserts or replaces the row of this id.
    func save(to db: Database) throws {
        let source = try NameTable.source.id(of: source, in: db)
        let sql = """
            INSERT INTO recording (
              id, source, started_us, ended_us, sample_rate, captured_samples, lost_samples,
              model, status)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
              source = excluded.source, started_us = excluded.started_us,
              ended_us = excluded.ended_us, sample_rate = excluded.sample_rate,
              captured_samples = excluded.captured_samples,
              lost_samples = excluded.lost_samples, model = excluded.model,
              status = excluded.status
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, source, started.microseconds, ended.microseconds, sampleRate.hertz,
            capturedSamples, lostSamples, model, status.rawValue,
        ])
    }

    static func fetch(_ db: Database, _ filter: RowFilter) throws -> [ListeningSession] {
        let sql = """
            SELECT recording.id, source.name, started_us, ended_us, sample_rate,
              captured_samples, lost_samples, model, status
            FROM recording JOIN source ON source.id = recording.source
            \(filter.whereClause) ORDER BY started_us, recording.id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let status: String = row[8]
            return ListeningSession(
                id: row[0], source: row[1], started: UTCTime(microseconds: row[2]),
                ended: UTCTime(microseconds: row[3]),
                sampleRate: try known(SampleRate(hertz: row[4]), "sample_rate"),
                capturedSamples: row[5], lostSamples: row[6], model: row[7],
                status: try known(Status(rawValue: status), "status"))
        }
    }
}
