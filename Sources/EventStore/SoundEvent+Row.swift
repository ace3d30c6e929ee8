internal import Database
internal import GRDB
internal import LevelStore
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// The row of an event.
extension SoundEvent {
    private static let columns = """
        event.id, event.part, event.source, event.label, event.onset_us, event.heard_until_us,
        event.peak_confidence, event.mean_confidence, event.status, event.level_seconds,
        event.laeq_dbfs, event.lafmax_dbfs, event.background_dbfs, event.scale,
        (SELECT verdict FROM mark WHERE event_id = event.id),
        (SELECT label FROM mark WHERE event_id = event.id)
        """

    /// Inserts or replaces the row of this id and part. `ended_order` is assigned once, when the
    /// event ends, and stays.
    func save(to db: Database) throws {
        let source = try NameTable.source.id(of: source, in: db)
        let label = try NameTable.label.id(of: label, in: db)
        let scale = try levels?.scale.id(in: db)
        let sql = """
            INSERT INTO event (
              id, part, source, label, onset_us, heard_until_us, peak_confidence,
              mean_confidence, status, ended_order, level_seconds, laeq_dbfs, lafmax_dbfs,
              background_dbfs, scale)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
              CASE WHEN ?9 = 'open' THEN NULL
              ELSE (SELECT coalesce(max(ended_order), 0) + 1 FROM event
                    WHERE ended_order IS NOT NULL) END,
              ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT (id, part) DO UPDATE SET
              source = excluded.source, label = excluded.label,
              onset_us = excluded.onset_us, heard_until_us = excluded.heard_until_us,
              peak_confidence = excluded.peak_confidence,
              mean_confidence = excluded.mean_confidence, status = excluded.status,
              ended_order = CASE WHEN excluded.status = 'open' THEN NULL
                ELSE coalesce(event.ended_order, excluded.ended_order) END,
              level_seconds = excluded.level_seconds, laeq_dbfs = excluded.laeq_dbfs,
              lafmax_dbfs = excluded.lafmax_dbfs, background_dbfs = excluded.background_dbfs,
              scale = excluded.scale
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            id, part, source, label, onset.microseconds, heardUntil.microseconds,
            peakConfidence, meanConfidence, status.rawValue, levels?.seconds,
            levels?.exposurePower.map(Decibels.level), levels?.fastPower.map(Decibels.level),
            levels?.background.map(Decibels.level), scale,
        ])
    }

    /// The events for which a condition holds. `rest` is what follows WHERE, the condition first.
    static func fetch(
        _ db: Database, where rest: String, arguments: StatementArguments = []
    ) throws -> [SoundEvent] {
        let sources = try NameTable.source.names(in: db)
        let labels = try NameTable.label.names(in: db)
        let scales = try LevelScale.all(in: db)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT \(columns) FROM event WHERE \(rest)", arguments: arguments)
        var events: [SoundEvent] = []
        while let row = try rows.next() {
            events.append(try SoundEvent(row, sources, labels, scales))
        }
        return events
    }

    /// A row with the columns of `columns`.
    private init(
        _ row: Row, _ sources: [Int64: String], _ labels: [Int64: String],
        _ scales: [Int64: LevelScale]
    ) throws {
        let status: String = row[8]
        self.init(
            id: row[0], part: row[1], source: try known(sources[row[2]], "source"),
            label: try known(labels[row[3]], "label"), onset: UTCTime(microseconds: row[4]),
            heardUntil: UTCTime(microseconds: row[5]), peakConfidence: row[6],
            meanConfidence: row[7], status: try known(Status(rawValue: status), "status"),
            levels: try EventLevels(row, scales), mark: try EventMark(row))
    }
}

extension EventMark {
    /// The last two columns; `nil` for an event without a mark.
    fileprivate init?(_ row: Row) throws {
        guard let verdict: String = row[14] else { return nil }
        self.init(verdict: try known(Verdict(rawValue: verdict), "verdict"), label: row[15])
    }
}

extension EventLevels {
    /// What is stored as decibels relative to full scale; `nil` if nothing was measured.
    fileprivate var exposurePower: Double? { seconds > 0 ? exposureA / seconds : nil }
    fileprivate var fastPower: Double? { seconds > 0 ? fastMaximum : nil }

    /// The columns from `level_seconds` on; `nil` for an event without levels.
    fileprivate init?(_ row: Row, _ scales: [Int64: LevelScale]) throws {
        guard let seconds: Double = row[9], let scale: Int64 = row[13] else { return nil }
        let laeq: Double? = row[10]
        let lafMaximum: Double? = row[11]
        let background: Double? = row[12]
        self.init(
            seconds: seconds, exposureA: laeq.map { Decibels.power(level: $0) * seconds } ?? 0,
            fastMaximum: lafMaximum.map(Decibels.power) ?? 0,
            background: background.map(Decibels.power), scale: try known(scales[scale], "scale"))
    }
}
