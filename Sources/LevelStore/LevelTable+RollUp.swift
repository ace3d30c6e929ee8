internal import Database
internal import Foundation
internal import GRDB
internal import LevelTypes
internal import Timekeeping

/// Making roll-ups. A minute is made from its seconds, a quarter of an hour from its minutes, an
/// hour from its quarters, always from what is stored: made again, they come out the same.
extension LevelTable {
    /// The minute that is being written and is not rolled up yet, or not with all of its seconds.
    func openMinute() throws -> Int64? {
        let query = try db.cachedStatement(
            sql: "SELECT minute FROM level_open WHERE measurement = ?")
        guard let minute = try Int64.fetchOne(query, arguments: [measurement]) else { return nil }
        guard Self.acceptedSeconds.contains(minute), minute == RollUpLength.minute.start(of: minute)
        else {
            throw RowFault("table level_open, measurement is \(measurement): minute is \(minute)")
        }
        return minute
    }

    func setOpenMinute(_ minute: Int64) throws {
        let sql = """
            INSERT INTO level_open (measurement, minute) VALUES (?, ?)
            ON CONFLICT (measurement) DO UPDATE SET minute = excluded.minute
            """
        try db.cachedStatement(sql: sql).execute(arguments: [measurement, minute])
    }

    /// Rolls a minute up, and the quarter and the hour that it is in.
    func rollUp(minute: Int64) throws {
        for span in [RollUpLength.minute, .quarter, .hour] {
            try rollUp(span, span.start(of: minute))
        }
    }

    /// Rolls up the open minute, to which nothing more is written.
    func closeMinute(_ minute: Int64) throws {
        try rollUp(minute: minute)
        try db.cachedStatement(sql: "DELETE FROM level_open WHERE measurement = ?")
            .execute(arguments: [measurement])
    }

    /// Rolls up what earlier writers left open.
    static func closeOpenMinutes(_ db: Database) throws {
        for (id, measurement) in try Measurement.all(in: db) {
            let rows = try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
            if let minute = try rows.openMinute() { try rows.closeMinute(minute) }
        }
    }

    /// Makes all roll-ups again that there are seconds of. The others stay.
    static func rebuild(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM level_open")
        for (id, measurement) in try Measurement.all(in: db) {
            let rows = try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
            let minutes = try rows.starts(of: .minute)
            for span in [RollUpLength.minute, .quarter, .hour] {
                for start in Set(minutes.map { span.start(of: $0) }) {
                    try rows.rollUp(span, start)
                }
            }
        }
    }

    /// Makes those roll-ups that there are none of.
    static func addMissingRollUps(_ db: Database) throws {
        for (id, measurement) in try Measurement.all(in: db) {
            let rows = try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
            for span in [RollUpLength.minute, .quarter, .hour] {
                let missing = try rows.starts(of: span).subtracting(rows.rolledUp(span))
                for start in missing { try rows.rollUp(span, start) }
            }
        }
    }

    /// The starts of the spans that have parts.
    private func starts(of span: RollUpLength) throws -> Set<Int64> {
        guard let part = span.part else {
            let sql = """
                SELECT DISTINCT second - second % 60 FROM level_second WHERE id >= ? AND id < ?
                """
            let all = Self.acceptedSeconds
            return try Int64.fetchSet(
                db, sql: sql,
                arguments: [id(ofSecond: all.lowerBound), id(ofSecond: all.upperBound)])
        }
        let sql = """
            SELECT DISTINCT start - start % ? FROM level_rollup
            WHERE measurement = ? AND length = ?
            """
        return try Int64.fetchSet(
            db, sql: sql, arguments: [span.rawValue, measurement, part.rawValue])
    }

    /// The starts of the spans that are rolled up.
    private func rolledUp(_ span: RollUpLength) throws -> Set<Int64> {
        try Int64.fetchSet(
            db, sql: "SELECT start FROM level_rollup WHERE measurement = ? AND length = ?",
            arguments: [measurement, span.rawValue])
    }

    private func rollUp(_ span: RollUpLength, _ start: Int64) throws {
        var summary = LevelSummary()
        var histogram = HistogramSum()
        let period = span.around(start)
        if let part = span.part {
            try eachRollUp(part, in: period) { row in
                summary.merge(row.summary)
                if let bytes = row.histogram { try histogram.add(encoded: bytes) }
            }
        } else {
            try eachSecond(in: period) { row in summary.merge(row.summary) }
        }
        try save(span, start, summary, histogram)
    }

    private func save(
        _ span: RollUpLength, _ start: Int64, _ summary: LevelSummary, _ histogram: HistogramSum
    ) throws {
        let sql = """
            INSERT INTO level_rollup (
              measurement, length, start, samples, overload_samples, underrange_samples,
              stuck_samples, data, histogram)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (measurement, length, start) DO UPDATE SET
              samples = excluded.samples, overload_samples = excluded.overload_samples,
              underrange_samples = excluded.underrange_samples,
              stuck_samples = excluded.stuck_samples, data = excluded.data,
              histogram = excluded.histogram
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            measurement, span.rawValue, start, sampleRate.samples(summary.seconds),
            sampleRate.samples(summary.overloadSeconds),
            sampleRate.samples(summary.underrangeSeconds),
            sampleRate.samples(summary.stuckSeconds), Data(try summary.encodedRollUp()),
            histogram.isEmpty ? nil : Data(histogram.encoded),
        ])
    }
}
