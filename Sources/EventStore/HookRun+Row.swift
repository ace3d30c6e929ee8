internal import Acoustics
internal import GRDB

/// The row of a run of a hook.
extension HookRun {
    /// Inserts a row; the id is ignored. Returns the id of the row.
    func insert(into db: Database) throws -> Int64 {
        let sql = """
            INSERT INTO hook_run (
              rule, event_id, fired_us, started_us, outcome, exit_status, signal, duration_s,
              output_tail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            rule, eventID, firedAt.microseconds, startedAt.microseconds, outcome.rawValue,
            exitStatus, signal, durationSeconds, outputTail,
        ])
        return db.lastInsertedRowID
    }

    /// Replaces how the run with this id ended.
    func updateOutcome(in db: Database) throws {
        let sql = """
            UPDATE hook_run SET outcome = ?, exit_status = ?, signal = ?, duration_s = ?,
              output_tail = ?
            WHERE id = ?
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            outcome.rawValue, exitStatus, signal, durationSeconds, outputTail, id,
        ])
        guard db.changesCount == 1 else {
            throw DatabaseError(
                resultCode: .SQLITE_CONSTRAINT, message: "there is no hook run with id \(id)")
        }
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
