internal import AlertTypes
internal import Database
internal import GRDB
internal import Timekeeping

/// The rows of what the rules decided at one moment.
extension AlertChanges {
    func save(to db: Database) throws {
        for alert in alerts { try alert.save(to: db) }
        for run in runs { try run.save(to: db) }
        for rule in rules { try rule.save(to: db) }
        for suppression in suppressions { try suppression.save(to: db) }
    }
}

/// The row of what a rule remembers.
extension RuleRecord {
    /// Inserts or replaces the row of this rule; removes that of a rule that is gone.
    func save(to db: Database) throws {
        guard !json.isEmpty else {
            try db.cachedStatement(sql: "DELETE FROM rule_state WHERE rule = ?")
                .execute(arguments: [rule])
            return
        }
        let sql = """
            INSERT INTO rule_state (rule, json) VALUES (?, ?)
            ON CONFLICT (rule) DO UPDATE SET json = excluded.json
            """
        try db.cachedStatement(sql: sql).execute(arguments: [rule, json])
    }

    /// By name.
    static func fetchAll(_ db: Database) throws -> [RuleRecord] {
        try Row.fetchAll(db, sql: "SELECT rule, json FROM rule_state ORDER BY rule").map { row in
            let row = StoredRow(row, of: "rule_state")
            return RuleRecord(rule: try row.value(0), json: try row.value(1))
        }
    }
}

/// The row of what was held back.
extension Suppression {
    /// Inserts or replaces the row of this rule, reason, `by` and hour.
    func save(to db: Database) throws {
        let sql = """
            INSERT INTO suppression (rule, reason, held_by, hour_us, first_us, last_us, count)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (rule, reason, held_by, hour_us) DO UPDATE SET
              first_us = excluded.first_us, last_us = excluded.last_us, count = excluded.count
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            rule, reason.rawValue, by, hour.microseconds, first.microseconds, last.microseconds,
            count,
        ])
    }

    /// The oldest first.
    static func fetch(_ db: Database, _ filter: RowFilter) throws -> [Suppression] {
        let sql = """
            SELECT rule, reason, held_by, hour_us, first_us, last_us, count
            FROM suppression \(filter.whereClause) ORDER BY first_us, rule, reason, held_by
            """
        return try Row.fetchAll(db, sql: sql, arguments: filter.arguments).map { row in
            let row = StoredRow(row, of: "suppression", keyCount: 4)
            return Suppression(
                rule: try row.value(0), reason: try row.known(Reason(rawValue: row.value(1)), 1),
                by: try row.value(2), hour: UTCTime(microseconds: try row.value(3)),
                first: UTCTime(microseconds: try row.value(4)),
                last: UTCTime(microseconds: try row.value(5)),
                count: try row.number(6, in: 1...Int.max))
        }
    }
}
