internal import Database
internal import GRDB
internal import SoundTypes
internal import Timekeeping

/// The row of a run of a hook.
extension HookRun {
    /// Inserts or replaces the row of this id.
    func save(to db: Database) throws {
        let sql = """
            INSERT INTO hook_run (
              id, rule, event_id, fired_us, started_us, outcome, exit_status, signal, duration_s,
              output_tail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
              rule = excluded.rule, event_id = excluded.event_id, fired_us = excluded.fired_us,
              started_us = excluded.started_us, outcome = excluded.outcome,
              exit_status = excluded.exit_status, signal = excluded.signal,
              duration_s = excluded.duration_s, output_tail = excluded.output_tail
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, rule, eventID, firedAt.microseconds, startedAt.microseconds, outcome.rawValue,
            exitStatus, signal, durationSeconds, outputTail,
        ])
    }

    static func fetch(_ db: Database, _ filter: RowFilter) throws -> [HookRun] {
        let sql = """
            SELECT id, rule, event_id, fired_us, started_us, outcome, exit_status, signal,
              duration_s, output_tail
            FROM hook_run \(filter.whereClause) ORDER BY started_us, id
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let outcome: String = row[5]
            return HookRun(
                id: row[0], rule: row[1], eventID: row[2],
                firedAt: UTCTime(microseconds: row[3]), startedAt: UTCTime(microseconds: row[4]),
                outcome: try known(Outcome(rawValue: outcome), "outcome"), exitStatus: row[6],
                signal: row[7], durationSeconds: row[8], outputTail: row[9])
        }
    }
}
