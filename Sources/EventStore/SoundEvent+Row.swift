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
            let row = StoredRow(row, of: "event", keyCount: 2)
            events.append(try SoundEvent(row, sources, labels, scales))
        }
        return events
    }

    /// A row with the columns of `columns`.
    private init(
        _ row: StoredRow, _ sources: [Int64: String], _ labels: [Int64: String],
        _ scales: [Int64: LevelScale]
    ) throws {
        let onset: Int64 = try row.value(4)
        self.init(
            id: try row.value(0), part: try row.number(1, in: 1...Int.max),
            source: try row.known(sources[row.value(2)], 2),
            label: try row.known(labels[row.value(3)], 3),
            onset: UTCTime(microseconds: onset),
            heardUntil: UTCTime(microseconds: try row.number(5, in: onset...Int64.max)),
            peakConfidence: try row.number(6, in: 0...1),
            meanConfidence: try row.number(7, in: 0...1),
            status: try row.known(Status(rawValue: row.value(8)), 8),
            levels: try EventLevels(row, scales), mark: try EventMark(row))
    }
}

extension EventMark {
    /// The last two columns; `nil` for an event without a mark.
    fileprivate init?(_ row: StoredRow) throws {
        guard let verdict: String = try row.value(14) else { return nil }
        self.init(
            verdict: try row.known(Verdict(rawValue: verdict), 14), label: try row.value(15))
    }
}

extension EventLevels {
    /// What is stored as decibels relative to full scale; `nil` if nothing was measured.
    fileprivate var exposurePower: Double? { seconds > 0 ? exposureA / seconds : nil }
    fileprivate var fastPower: Double? { seconds > 0 ? fastMaximum : nil }

    /// The columns from `level_seconds` on; `nil` for an event without levels.
    fileprivate init?(_ row: StoredRow, _ scales: [Int64: LevelScale]) throws {
        guard let seconds: Double = try row.numberIfPresent(9, in: 0...1e9),
            let scale: Int64 = try row.value(13)
        else { return nil }
        let laeq = try Self.level(row, 10)
        let lafMaximum = try Self.level(row, 11)
        let background = try Self.level(row, 12)
        self.init(
            seconds: seconds, exposureA: laeq.map { Decibels.power(level: $0) * seconds } ?? 0,
            fastMaximum: lafMaximum.map(Decibels.power) ?? 0,
            background: background.map(Decibels.power),
            scale: try row.known(scales[scale], 13))
    }

    /// In dB relative to full scale, far more than any; -infinity is digital silence.
    private static func level(_ row: StoredRow, _ index: Int) throws -> Double? {
        let stored: Double? = try row.value(index)
        guard stored != -.infinity else { return stored }
        return try row.numberIfPresent(index, in: -1_000...1_000)
    }
}
