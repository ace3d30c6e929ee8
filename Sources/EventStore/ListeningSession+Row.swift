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
              model, status, clock_step_s, drift_ppm)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
              source = excluded.source, started_us = excluded.started_us,
              ended_us = excluded.ended_us, sample_rate = excluded.sample_rate,
              captured_samples = excluded.captured_samples,
              lost_samples = excluded.lost_samples, model = excluded.model,
              status = excluded.status, clock_step_s = excluded.clock_step_s,
              drift_ppm = excluded.drift_ppm
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, source, started.microseconds, ended.microseconds, sampleRate.hertz,
            capturedSamples, lostSamples, model, status.rawValue, clockStepSeconds, driftPPM,
        ])
    }

    /// Any finite number.
    private static let acceptedNumbers =
        -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

    static func fetch(_ db: Database, _ filter: RowFilter) throws -> [ListeningSession] {
        let sql = """
            SELECT recording.id, source.name, started_us, ended_us, sample_rate,
              captured_samples, lost_samples, model, status, clock_step_s, drift_ppm
            FROM recording JOIN source ON source.id = recording.source
            \(filter.whereClause) ORDER BY started_us, recording.id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let row = StoredRow(row, of: "recording")
            let started: Int64 = try row.value(2)
            return ListeningSession(
                id: try row.value(0), source: try row.value(1),
                started: UTCTime(microseconds: started),
                ended: UTCTime(microseconds: try row.number(3, in: started...Int64.max)),
                sampleRate: try row.known(SampleRate(hertz: row.value(4)), 4),
                capturedSamples: try row.number(5, in: 0...Int64.max),
                lostSamples: try row.number(6, in: 0...Int64.max), model: try row.value(7),
                status: try row.known(Status(rawValue: row.value(8)), 8),
                clockStepSeconds: try row.numberIfPresent(9, in: Self.acceptedNumbers),
                driftPPM: try row.numberIfPresent(10, in: Self.acceptedNumbers))
        }
    }
}
