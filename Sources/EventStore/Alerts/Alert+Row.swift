internal import AlertTypes
internal import Database
internal import GRDB
internal import Timekeeping

/// The row of an alert, and those of its events. What the owner says about it is in a table of its
/// own, which only he writes to.
extension Alert {
    /// Inserts or replaces the row of this id and those of its events.
    func save(to db: Database) throws {
        let sql = """
            INSERT INTO alert (
              id, rule, alert_group, source, is_test, sound_us, detected_us, fired_us, decided_us,
              resolved_us, resolution, readings, event_count, repeats)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
              rule = excluded.rule, alert_group = excluded.alert_group, source = excluded.source,
              is_test = excluded.is_test, sound_us = excluded.sound_us,
              detected_us = excluded.detected_us, fired_us = excluded.fired_us,
              decided_us = excluded.decided_us, resolved_us = excluded.resolved_us,
              resolution = excluded.resolution, readings = excluded.readings,
              event_count = excluded.event_count, repeats = excluded.repeats
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, rule, group, try source.map { try NameTable.source.id(of: $0, in: db) }, isTest,
            soundAt.microseconds, detectedAt.microseconds, firedAt.microseconds,
            decidedAt.microseconds, resolvedAt?.microseconds, resolution?.rawValue,
            try JSONColumn.text(readings), eventCount, repeats,
        ])
        try db.cachedStatement(sql: "DELETE FROM alert_event WHERE alert = ?")
            .execute(arguments: [id])
        for (position, event) in events.enumerated() {
            try event.insert(into: db, alert: id, position: position)
        }
    }

    /// The oldest first; with a limit, the newest ones.
    static func fetch(
        _ db: Database, _ filter: RowFilter, limit: Int? = nil
    ) throws -> [Alert] {
        let end = limit.map { " DESC, id DESC LIMIT \(max(0, $0))" } ?? ", id"
        let sql = """
            SELECT id, rule, alert_group, source, is_test, sound_us, detected_us, fired_us,
              decided_us, resolved_us, resolution, readings, event_count, repeats,
              acknowledged_us, comment
            FROM alert LEFT JOIN acknowledgement ON acknowledgement.alert = alert.id
            \(filter.whereClause) ORDER BY fired_us\(end)
            """
        let sources = try NameTable.source.names(in: db)
        let labels = try NameTable.label.names(in: db)
        let rows = try Row.fetchAll(db, sql: sql, arguments: filter.arguments)
        return try (limit == nil ? rows : rows.reversed()).map { row in
            var alert = try Alert(StoredRow(row, of: "alert"), sources)
            alert.events = try AlertEvent.fetch(db, alert: alert.id, sources, labels)
            return alert
        }
    }

    /// Those that last, the oldest first.
    static func unresolved(_ db: Database) throws -> [Alert] {
        var filter = RowFilter()
        filter.add("resolved_us IS NULL")
        return try fetch(db, filter)
    }

    private init(_ row: StoredRow, _ sources: [Int64: String]) throws {
        let resolvedAt: Int64? = try row.value(9)
        let resolution: String? = try row.value(10)
        let acknowledgedAt: Int64? = try row.value(14)
        self.init(
            id: try row.value(0), rule: try row.value(1), group: try row.value(2),
            source: try (row.value(3) as Int64?).map { try row.known(sources[$0], 3) },
            isTest: try row.number(4, in: 0...1) == 1,
            soundAt: UTCTime(microseconds: try row.value(5)),
            detectedAt: UTCTime(microseconds: try row.value(6)),
            firedAt: UTCTime(microseconds: try row.value(7)),
            decidedAt: UTCTime(microseconds: try row.value(8)),
            resolvedAt: resolvedAt.map(UTCTime.init(microseconds:)),
            resolution: try resolution.map { try row.known(Resolution(rawValue: $0), 10) },
            readings: try row.object(11), eventCount: try row.number(12, in: 0...Int.max),
            repeats: try row.number(13, in: 0...Int.max),
            acknowledgedAt: acknowledgedAt.map(UTCTime.init(microseconds:)),
            acknowledgement: try row.value(15))
    }
}

/// The row of an event of an alert.
extension AlertEvent {
    fileprivate func insert(into db: Database, alert: Int64, position: Int) throws {
        let sql = """
            INSERT INTO alert_event (
              alert, position, event_id, source, label, onset_us, heard_until_us, confidence,
              lafmax_db, is_retracted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            alert, position, id, try NameTable.source.id(of: source, in: db),
            try NameTable.label.id(of: label, in: db), onset.microseconds,
            heardUntil.microseconds, confidence, lafMaximum, isRetracted,
        ])
    }

    fileprivate static func fetch(
        _ db: Database, alert: Int64, _ sources: [Int64: String], _ labels: [Int64: String]
    ) throws -> [AlertEvent] {
        let sql = """
            SELECT alert, position, event_id, source, label, onset_us, heard_until_us, confidence,
              lafmax_db, is_retracted
            FROM alert_event WHERE alert = ? ORDER BY position
            """
        return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [alert]).map { row in
            let row = StoredRow(row, of: "alert_event", keyCount: 2)
            let onset: Int64 = try row.value(5)
            return AlertEvent(
                id: try row.value(2), source: try row.known(sources[row.value(3)], 3),
                label: try row.known(labels[row.value(4)], 4),
                onset: UTCTime(microseconds: onset),
                heardUntil: UTCTime(microseconds: try row.number(6, in: onset...Int64.max)),
                confidence: try row.number(7, in: 0...1), lafMaximum: try row.value(8),
                isRetracted: try row.number(9, in: 0...1) == 1)
        }
    }
}
