internal import Database
internal import Foundation
internal import GRDB
internal import LevelTypes
internal import Timekeeping

/// A row of `level_second` or of `level_rollup`.
struct LevelTableRow {
    /// Unix seconds.
    var start: Int64
    var summary: LevelSummary
    /// LAF as it is stored; `nil` for a second.
    var histogram: [UInt8]?
}

/// The rows of levels of one measurement.
struct LevelTable {
    /// The seconds that can be stored: 1970 to 2514.
    static let acceptedSeconds: Range<Int64> = 0..<(1 << 34)
    /// The numbers of measurements whose seconds have keys.
    private static let acceptedMeasurements: Range<Int64> = 0..<(1 << 28)

    let db: Database
    let measurement: Int64
    let sampleRate: SampleRate

    init(_ db: Database, measurement: Int64, sampleRate: SampleRate) throws {
        guard Self.acceptedMeasurements.contains(measurement) else {
            throw RowFault("table measurement: id is \(measurement)")
        }
        self.db = db
        self.measurement = measurement
        self.sampleRate = sampleRate
    }

    /// The seconds in a period, from the first.
    ///
    /// - Parameters:
    ///   - withBands: false: the bands are not decoded
    ///   - skip: is told of a row that cannot be read; `nil`: that is an error
    func eachSecond(
        in period: Range<Int64>, withBands: Bool = true, skip: ((RowFault) -> Void)? = nil,
        _ body: (LevelTableRow) throws -> Void
    ) throws {
        let sql = """
            SELECT id, second, missing_samples, flags, data FROM level_second
            WHERE id >= ? AND id < ? ORDER BY id
            """
        let known = period.clamped(to: Self.acceptedSeconds)
        guard !known.isEmpty else { return }
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql),
            arguments: [id(ofSecond: known.lowerBound), id(ofSecond: known.upperBound)])
        while let row = try rows.next() {
            let row = StoredRow(row, of: "level_second", keyCount: 2)
            do {
                try row.naming {
                    let start = try row.number(1, in: known.lowerBound...known.upperBound - 1)
                    try body(LevelTableRow(start: start, summary: second(row, withBands)))
                }
            } catch let fault as RowFault {
                guard let skip else { throw fault }
                skip(fault)
            }
        }
    }

    /// Removes the seconds that cannot be read. Returns how many there were.
    ///
    /// - Parameter goOn: is called for each second, and ends it by throwing
    func removeUnreadableSeconds(goOn: () throws -> Void) throws -> Int {
        var faults: [RowFault] = []
        try eachSecond(
            in: Self.acceptedSeconds, skip: { faults.append($0) }, { _ in try goOn() })
        return try faults.count { try $0.removeRow(from: db) }
    }

    /// What is wrong with a tree of a damaged file. Searches and ranges of keys do not notice it.
    func outOfOrder(_ table: String) -> DatabaseError {
        DatabaseError(
            resultCode: .SQLITE_CORRUPT,
            message: "table \(table), measurement is \(measurement): the rows are out of order")
    }

    /// The first and the last second; `nil` if there are none. Each is a search for one end of a
    /// range of keys (sqlite.org/optoverview.html, "MIN/MAX optimization").
    func bounds() throws -> ClosedRange<Int64>? {
        let all = Self.acceptedSeconds
        let arguments: StatementArguments = [
            id(ofSecond: all.lowerBound), id(ofSecond: all.upperBound),
        ]
        let ends = try ["min", "max"].compactMap { end in
            let sql = "SELECT \(end)(id) FROM level_second WHERE id >= ? AND id < ?"
            return try Int64.fetchOne(db, sql: sql, arguments: arguments)
        }
        guard let first = ends.first, let last = ends.last else { return nil }
        guard firstID <= first, first <= last, last <= lastID else {
            throw outOfOrder("level_second")
        }
        return (first - firstID)...(last - firstID)
    }

    /// From the first to the last second that anything is known about; `nil` if there is none. Of
    /// seconds that are gone the hour is known.
    func knownBounds() throws -> ClosedRange<Int64>? {
        let seconds = try bounds()
        guard let first = try hour("min"), let last = try hour("max") else { return seconds }
        guard first <= last else { throw outOfOrder("level_rollup") }
        guard let seconds else { return first...(last + RollUpLength.hour.rawValue - 1) }
        let isCut = RollUpLength.hour.start(of: seconds.lowerBound) > first
        return (isCut ? first : seconds.lowerBound)...seconds.upperBound
    }

    /// The first or the last hour that is rolled up, a search each.
    private func hour(_ end: String) throws -> Int64? {
        let sql = "SELECT \(end)(start) FROM level_rollup WHERE measurement = ? AND length = ?"
        let query = try db.cachedStatement(sql: sql)
        let found = try Int64.fetchOne(
            query, arguments: [measurement, RollUpLength.hour.rawValue])
        guard let found else { return nil }
        guard Self.acceptedSeconds.contains(found) else {
            throw RowFault("table level_rollup, measurement is \(measurement): start is \(found)")
        }
        return found
    }

    /// The roll-ups that are entirely within a period, from the first.
    func eachRollUp(
        _ span: RollUpLength, in period: Range<Int64>, _ body: (LevelTableRow) throws -> Void
    ) throws {
        let histogram = span == .minute ? Self.minuteHistogram : "histogram"
        let sql = """
            SELECT measurement, length, start, samples, overload_samples, underrange_samples,
              stuck_samples, data, \(histogram), measurement, start AS minute
            FROM level_rollup AS rollup
            WHERE measurement = ? AND length = ? AND start >= ? AND start < ? ORDER BY start
            """
        let spans = span.whole(in: period)
        guard !spans.isEmpty else { return }
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql),
            arguments: [measurement, span.rawValue, spans.lowerBound, spans.upperBound])
        while let found = try rows.next() {
            let row = StoredRow(found, of: "level_rollup", keyCount: 3)
            let histogram: Data? = try row.value(8)
            let level = try row.naming {
                LevelTableRow(
                    start: try row.number(2, in: spans.lowerBound...spans.upperBound - 1),
                    summary: try rollUp(row), histogram: histogram.map { [UInt8]($0) })
            }
            // What can still be wrong is the histogram, which has a row of its own for a minute.
            let source =
                span == .minute ? StoredRow(found, of: "level_histogram", keys: 9..<11) : row
            try source.naming { try body(level) }
        }
    }

    /// Adds LAF of a minute as it is stored, if it is.
    func addHistogram(ofMinute minute: Int64, to sum: inout HistogramSum) throws {
        let sql = """
            SELECT measurement, minute, data FROM level_histogram
            WHERE measurement = ? AND minute = ?
            """
        let arguments: StatementArguments = [measurement, minute]
        let query = try db.cachedStatement(sql: sql)
        guard let found = try Row.fetchOne(query, arguments: arguments) else { return }
        let row = StoredRow(found, of: "level_histogram", keyCount: 2)
        let bytes = try row.bytes(2)
        try row.naming { try sum.add(encoded: bytes) }
    }

    /// The histograms of the minutes that begin in a period, from the first.
    func histograms(
        in period: Range<Int64>
    ) throws -> [(minute: Int64, histogram: LevelHistogram)] {
        let sql = """
            SELECT measurement, minute, data FROM level_histogram
            WHERE measurement = ? AND minute >= ? AND minute < ? ORDER BY minute
            """
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql),
            arguments: [measurement, period.lowerBound, period.upperBound])
        var found: [(minute: Int64, histogram: LevelHistogram)] = []
        var sum = HistogramSum()
        while let row = try rows.next() {
            let row = StoredRow(row, of: "level_histogram", keyCount: 2)
            let minute = try row.number(1, in: period.lowerBound...period.upperBound - 1)
            let bytes = try row.bytes(2)
            sum.removeAll()
            try row.naming { try sum.add(encoded: bytes) }
            found.append((minute, sum.histogram))
        }
        return found
    }

    /// The first second at or after a second; `nil` if there is none.
    func firstSecond(from second: Int64) throws -> Int64? {
        guard second < Self.acceptedSeconds.upperBound else { return nil }
        let sql = "SELECT min(id) FROM level_second WHERE id >= ? AND id <= ?"
        let query = try db.cachedStatement(sql: sql)
        let found = try Int64.fetchOne(query, arguments: [id(ofSecond: max(0, second)), lastID])
        guard let found else { return nil }
        guard (id(ofSecond: max(0, second))...lastID).contains(found) else {
            throw outOfOrder("level_second")
        }
        return found - firstID
    }

    /// The first minute with a histogram at or after a second; `nil` if there is none.
    func firstMinute(from second: Int64) throws -> Int64? {
        let sql = """
            SELECT min(minute) FROM level_histogram
            WHERE measurement = ? AND minute >= ? AND minute < ?
            """
        let found = try Int64.fetchOne(
            db.cachedStatement(sql: sql),
            arguments: [measurement, second, Self.acceptedSeconds.upperBound])
        guard found ?? second >= second else { throw outOfOrder("level_histogram") }
        return found
    }

    func setHistogram(_ bytes: [UInt8], ofMinute minute: Int64) throws {
        let sql = """
            INSERT INTO level_histogram (measurement, minute, data) VALUES (?, ?, ?)
            ON CONFLICT (measurement, minute) DO UPDATE SET data = excluded.data
            """
        try db.cachedStatement(sql: sql).execute(arguments: [measurement, minute, Data(bytes)])
    }

    /// Adds the row of a second; false if there is one already.
    func insert(_ row: LevelTableRow) throws -> Bool {
        let sql = """
            INSERT INTO level_second (id, missing_samples, flags, data)
            VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """
        try db.cachedStatement(sql: sql).execute(arguments: try arguments(row))
        return db.changesCount > 0
    }

    /// Changes the row of a second.
    func replace(_ row: LevelTableRow) throws {
        let sql = """
            UPDATE level_second SET missing_samples = ?2, flags = ?3, data = ?4 WHERE id = ?1
            """
        try db.cachedStatement(sql: sql).execute(arguments: try arguments(row))
    }

    /// The key of a second. The second after the last one gives a key above all those of the
    /// measurement.
    func id(ofSecond second: Int64) -> Int64 {
        measurement * Self.acceptedSeconds.upperBound + second
    }

    /// The seconds of this measurement that have keys in a range; `nil`: none has.
    func seconds(ofKeys keys: ClosedRange<Int64>) -> Range<Int64>? {
        guard (firstID...lastID).overlaps(keys) else { return nil }
        let own = keys.clamped(to: firstID...lastID)
        return (own.lowerBound - firstID)..<(own.upperBound - firstID + 1)
    }

    /// The keys that the seconds of this measurement can have.
    var firstID: Int64 { id(ofSecond: Self.acceptedSeconds.lowerBound) }
    var lastID: Int64 { id(ofSecond: Self.acceptedSeconds.upperBound) - 1 }

    /// More than any roll-up has, and small enough to sum any number of them.
    private static let sampleLimit: Int64 = 1_000_000_000_000

    private static let minuteHistogram = """
        (SELECT data FROM level_histogram
         WHERE level_histogram.measurement = rollup.measurement AND minute = rollup.start)
        """

    private func arguments(_ row: LevelTableRow) throws -> StatementArguments {
        let summary = row.summary
        let flags = LevelFlags(summary)
        return [
            id(ofSecond: row.start), sampleRate.hertz - sampleRate.samples(summary.seconds),
            flags.rawValue, Data(try summary.encodedSecond()),
        ]
    }

    private func second(_ row: StoredRow, _ withBands: Bool) throws -> LevelSummary {
        let missing: Int64 = try row.value(2)
        let bytes = try row.bytes(4)
        let seconds = try audio(samples: Int64(sampleRate.hertz) &- missing)
        var summary = try LevelSummary(second: bytes, seconds: seconds, withBands: withBands)
        let flags = LevelFlags(rawValue: try row.value(3))
        if flags.contains(.overload) { summary.overloadSeconds = seconds }
        if flags.contains(.underrange) { summary.underrangeSeconds = seconds }
        if flags.contains(.stuck) { summary.stuckSeconds = seconds }
        return summary
    }

    private func rollUp(_ row: StoredRow) throws -> LevelSummary {
        var summary = try LevelSummary(
            rollUp: row.bytes(7), seconds: audio(samples: row.value(3)))
        summary.overloadSeconds = try audio(samples: row.value(4))
        summary.underrangeSeconds = try audio(samples: row.value(5))
        summary.stuckSeconds = try audio(samples: row.value(6))
        return summary
    }

    /// The length of this many samples, if that many can have been stored.
    private func audio(samples: Int64) throws -> Double {
        guard (0...Self.sampleLimit).contains(samples) else {
            throw LevelDecoder.damage("\(samples) samples")
        }
        return sampleRate.seconds(samples)
    }
}

/// What is wrong with a second: `level_second.flags`.
private struct LevelFlags: OptionSet {
    static let overload = LevelFlags(rawValue: 1)
    static let underrange = LevelFlags(rawValue: 2)
    static let stuck = LevelFlags(rawValue: 4)

    let rawValue: Int64

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    init(_ summary: LevelSummary) {
        self = []
        if summary.overloadSeconds > 0 { insert(.overload) }
        if summary.underrangeSeconds > 0 { insert(.underrange) }
        if summary.stuckSeconds > 0 { insert(.stuck) }
    }
}
