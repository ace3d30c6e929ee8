internal import Database
internal import GRDB
internal import Timekeeping

/// What belongs to events, alerts and runs of hooks that are older than they are kept.
enum ExpiredRows {
    /// Removes the oldest events that are over, part by part, with their pictures and marks.
    static func removeEvents(
        before end: UTCTime, limit: Int, in db: Database
    ) throws -> (events: Int, pictures: Int) {
        let sql = """
            SELECT id, part FROM event
            WHERE onset_us < ? AND ended_order IS NOT NULL AND id < (SELECT max(id) FROM event)
            ORDER BY onset_us LIMIT ?
            """
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: sql), arguments: [end.microseconds, limit])
        var pictures = 0
        for row in rows {
            let row = StoredRow(row, of: "event", keyCount: 2)
            let (id, part): (Int64, Int64) = (try row.value(0), try row.value(1))
            try db.cachedStatement(sql: "DELETE FROM event WHERE id = ? AND part = ?")
                .execute(arguments: [id, part])
            let isGone = "NOT EXISTS (SELECT 1 FROM event WHERE id = event_id)"
            for table in ["mark", "event_picture"] {
                let sql = "DELETE FROM \(table) WHERE event_id = ? AND \(isGone)"
                try db.cachedStatement(sql: sql).execute(arguments: [id])
            }
            pictures += db.changesCount
        }
        return (rows.count, pictures)
    }

    /// Removes the oldest alerts that are over, with their events and acknowledgements; then what
    /// was held back, and silences that are over.
    static func removeAlerts(before end: UTCTime, limit: Int, in db: Database) throws -> Int {
        let sql = """
            SELECT id FROM alert WHERE fired_us < ?1 AND resolved_us < ?1 ORDER BY fired_us LIMIT ?2
            """
        let ids = try Int64.fetchAll(
            db.cachedStatement(sql: sql), arguments: [end.microseconds, limit])
        for id in ids {
            for (table, key) in [
                ("alert_event", "alert"), ("acknowledgement", "alert"), ("alert", "id"),
            ] {
                try db.cachedStatement(sql: "DELETE FROM \(table) WHERE \(key) = ?")
                    .execute(arguments: [id])
            }
        }
        return try [("suppression", "last_us"), ("silence", "ends_us")].reduce(ids.count) {
            sum, table in
            try sum + remove(table.0, table.1, before: end, limit: limit - sum, in: db)
        }
    }

    /// Removes the oldest runs that are over.
    static func removeHookRuns(before end: UTCTime, limit: Int, in db: Database) throws -> Int {
        try remove(
            "hook_run", "started_us", before: end, limit: limit, in: db,
            and: "outcome NOT IN ('waiting', 'running', 'interrupted')")
    }

    private static func remove(
        _ table: String, _ time: String, before end: UTCTime, limit: Int, in db: Database,
        and condition: String = "TRUE"
    ) throws -> Int {
        let sql = """
            DELETE FROM \(table) WHERE rowid IN (
              SELECT rowid FROM \(table) WHERE \(time) < ? AND \(condition)
              ORDER BY \(time) LIMIT ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: [end.microseconds, limit])
        return db.changesCount
    }
}
