package import GRDB
package import LevelTypes
internal import Timekeeping

/// Writes the levels of one transaction. `finish` is part of it.
///
/// The second is stored at once. The histogram of its minute is kept here until the minute changes
/// or the transaction ends. A minute is rolled up when a record of another minute follows.
package struct LevelWriter {
    /// A second has 100 samples of LAF.
    private static let histogramLimit = 1_000_000

    /// The minute of a measurement that is being written.
    private struct OpenMinute {
        let rows: LevelTable
        /// When it begins; `nil` before the first.
        var start: Int64?
        /// What its row in `level_histogram` must be.
        var histogram = HistogramSum()
    }

    private let db: Database
    private var minutes: [Measurement: OpenMinute] = [:]

    package init(_ db: Database) {
        self.db = db
    }

    /// Stores a record; one without samples says nothing.
    package mutating func write(_ record: LevelRecord, of source: String) throws {
        guard record.samples > 0 else { return }
        let second = try Self.second(of: record)
        let measurement = Measurement(
            source: source, sampleRate: record.sampleRate, scale: record.scale)
        // Taken out, so that the array in it is not copied.
        var minute = try minutes.removeValue(forKey: measurement) ?? openMinute(of: measurement)
        try enter(RollUpLength.minute.start(of: second), &minute)
        minute.histogram.add(record.histogram)
        try Self.save(record, second, in: minute.rows)
        minutes[measurement] = minute
    }

    /// Stores what is held of the open minutes.
    package func finish() throws {
        for minute in minutes.values { try saveHistogram(of: minute) }
    }

    /// The second of a record that can be stored, in Unix seconds.
    private static func second(of record: LevelRecord) throws -> Int64 {
        let (second, rest) = record.start.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard rest == 0, LevelTable.acceptedSeconds.contains(second) else {
            throw unacceptable(
                "a second begins \(record.start.microseconds) µs after 1970; whole seconds below "
                    + "\(LevelTable.acceptedSeconds.upperBound) s are accepted")
        }
        let entries = record.histogram.entries
        guard entries.allSatisfy({ $0.count <= histogramLimit }) else {
            throw unacceptable("a class of a histogram has more than \(histogramLimit) samples")
        }
        return second
    }

    private func openMinute(of measurement: Measurement) throws -> OpenMinute {
        let rows = try LevelTable(
            db, measurement: try measurement.id(in: db), sampleRate: measurement.sampleRate)
        var minute = OpenMinute(rows: rows, start: try rows.openMinute())
        try loadHistogram(of: &minute)
        return minute
    }

    /// Makes `start` the open minute and rolls up the previous one.
    private func enter(_ start: Int64, _ minute: inout OpenMinute) throws {
        guard minute.start != start else { return }
        if let closed = minute.start {
            try saveHistogram(of: minute)
            try minute.rows.rollUp(minute: closed)
        }
        try minute.rows.setOpenMinute(start)
        minute.start = start
        try loadHistogram(of: &minute)
    }

    private func loadHistogram(of minute: inout OpenMinute) throws {
        minute.histogram.removeAll()
        guard let start = minute.start else { return }
        try minute.rows.addHistogram(ofMinute: start, to: &minute.histogram)
    }

    private func saveHistogram(of minute: OpenMinute) throws {
        guard let start = minute.start, !minute.histogram.isEmpty else { return }
        try minute.rows.setHistogram(minute.histogram.encoded, ofMinute: start)
    }

    private static func save(_ record: LevelRecord, _ second: Int64, in rows: LevelTable) throws {
        var row = LevelTableRow(start: second, summary: record.summary)
        row.summary.seconds = record.sampleRate.seconds(Int64(record.samples))
        guard try !rows.insert(row) else { return }
        try rows.eachSecond(in: second..<(second + 1)) { stored in
            row.summary.merge(stored.summary)
        }
        try rows.replace(row)
    }
}
