internal import AlertTypes
internal import Database
internal import GRDB
internal import Timekeeping

/// The row of a run of a hook.
extension HookRun {
    private static let columns = """
        id, rule, event_id, fired_us, started_us, outcome, exit_status, signal, duration_s,
        output_tail, alert_id, action, occasion, attempt, input, is_test, due_us
        """

    /// Inserts or replaces the row of this id. What the action is told is not kept once it has
    /// ended.
    func save(to db: Database) throws {
        let sql = """
            INSERT INTO hook_run (\(Self.columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
              rule = excluded.rule, event_id = excluded.event_id, fired_us = excluded.fired_us,
              started_us = excluded.started_us, outcome = excluded.outcome,
              exit_status = excluded.exit_status, signal = excluded.signal,
              duration_s = excluded.duration_s, output_tail = excluded.output_tail,
              alert_id = excluded.alert_id, action = excluded.action,
              occasion = excluded.occasion, attempt = excluded.attempt, input = excluded.input,
              is_test = excluded.is_test, due_us = excluded.due_us
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, rule, eventID, firedAt.microseconds, startedAt.microseconds, outcome.rawValue,
            exitStatus, signal, durationSeconds, outputTail, alertID, action, occasion.rawValue,
            attempt, outcome.isFinal ? "" : input, isTest, dueAt.microseconds,
        ])
    }

    /// Ends what an earlier monitor left: a command that ran, or one that is not known to have.
    static func interruptOpen(in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE hook_run SET outcome = 'interrupted', output_tail = ?
                WHERE outcome = 'waiting'
                """, arguments: ["\(notStarted): the monitor ended before that was known"])
        try db.execute(
            sql: "UPDATE hook_run SET outcome = 'interrupted' WHERE outcome = 'running'")
    }

    /// The oldest first; with a limit, the newest ones.
    static func fetch(
        _ db: Database, _ filter: RowFilter, limit: Int? = nil
    ) throws -> [HookRun] {
        let end = limit.map { " DESC, id DESC LIMIT \(max(0, $0))" } ?? ", id"
        let sql = """
            SELECT \(columns) FROM hook_run \(filter.whereClause) ORDER BY started_us\(end)
            """
        let rows = try Row.fetchAll(db, sql: sql, arguments: filter.arguments)
        return try (limit == nil ? rows : rows.reversed()).map { try HookRun($0) }
    }

    /// Of each action of each alert and occasion the newest run, if it has not ended by itself, in
    /// the order in which they were entered.
    static func unfinished(_ db: Database) throws -> [HookRun] {
        let sql = """
            SELECT \(columns) FROM hook_run AS run
            WHERE outcome IN ('waiting', 'running', 'interrupted') AND alert_id > 0
              AND NOT EXISTS (
                SELECT 1 FROM hook_run AS later
                WHERE later.alert_id = run.alert_id AND later.action = run.action
                  AND later.occasion = run.occasion AND later.id > run.id)
            ORDER BY id
            """
        return try Row.fetchAll(db, sql: sql).map { try HookRun($0) }
    }

    /// A row with the columns of `columns`.
    private init(_ row: Row) throws {
        let row = StoredRow(row, of: "hook_run")
        self.init(
            id: try row.value(0), rule: try row.value(1), alertID: try row.value(10),
            action: try row.value(11),
            occasion: try row.known(Occasion(rawValue: row.value(12)), 12),
            attempt: try row.number(13, in: 1...Int.max), eventID: try row.value(2),
            firedAt: UTCTime(microseconds: try row.value(3)),
            startedAt: UTCTime(microseconds: try row.value(4)),
            dueAt: UTCTime(microseconds: try row.value(16)),
            outcome: try row.known(Outcome(rawValue: row.value(5)), 5),
            exitStatus: try row.value(6), signal: try row.value(7),
            durationSeconds: try row.numberIfPresent(8, in: 0...1e12),
            outputTail: try row.value(9), input: try row.value(14),
            isTest: try row.number(15, in: 0...1) == 1)
    }
}

extension HookRun.Outcome {
    /// Whether nothing is done about the run any more.
    fileprivate var isFinal: Bool {
        switch self {
        case .waiting, .running, .interrupted: false
        case .exited, .signalled, .timedOut, .failedToStart, .dropped: true
        }
    }
}
