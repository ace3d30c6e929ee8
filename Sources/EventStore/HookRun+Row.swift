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

    /// Ends what an earlier monitor left: a command that ran, or one that is not known to have.
    static func interruptOpen(in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE hook_run SET outcome = 'interrupted', output_tail = ?
                WHERE outcome = 'waiting'
                """, arguments: ["not started: the monitor ended before that was known"])
        try db.execute(
            sql: "UPDATE hook_run SET outcome = 'interrupted' WHERE outcome = 'running'")
    }

    /// The oldest first; with a limit, the newest ones.
    static func fetch(
        _ db: Database, _ filter: RowFilter, limit: Int? = nil
    ) throws -> [HookRun] {
        let end = limit.map { " DESC, id DESC LIMIT \(max(0, $0))" } ?? ", id"
        let sql = """
            SELECT id, rule, event_id, fired_us, started_us, outcome, exit_status, signal,
              duration_s, output_tail
            FROM hook_run \(filter.whereClause) ORDER BY started_us\(end)
            """
        let rows = try Row.fetchAll(db, sql: sql, arguments: filter.arguments)
        return try (limit == nil ? rows : rows.reversed()).map { row in
            let row = StoredRow(row, of: "hook_run")
            return HookRun(
                id: try row.value(0), rule: try row.value(1), eventID: try row.value(2),
                firedAt: UTCTime(microseconds: try row.value(3)),
                startedAt: UTCTime(microseconds: try row.value(4)),
                outcome: try row.known(Outcome(rawValue: row.value(5)), 5),
                exitStatus: try row.value(6), signal: try row.value(7),
                durationSeconds: try row.numberIfPresent(8, in: 0...1e12),
                outputTail: try row.value(9))
        }
    }
}
