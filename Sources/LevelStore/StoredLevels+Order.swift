package import LevelTypes
package import Timekeeping

/// What is stored, row by row, over periods of any length in little memory.
extension StoredLevels {
    /// Seconds and minutes that are read at once.
    private static let secondsAtOnce: Int64 = 3_600
    private static let minutesAtOnce: Int64 = 86_400

    /// Tells each second that begins in the period, in order; of those that are there with two
    /// scales, both. The histograms are empty.
    ///
    /// - Parameter withBands: false: the bands are left out, which takes less time
    package func forEachSecond(
        source: String, since: UTCTime, until: UTCTime, withBands: Bool,
        _ body: (LevelRecord) -> Void
    ) throws {
        let period = RowStretch.seconds(from: since, to: until)
        try forEachRow(
            of: source, in: period, Self.secondsAtOnce, first: { try $0.firstSecond(from: $1) },
            read: { rows, scale, period in
                var found: [(second: Int64, value: LevelRecord)] = []
                found.reserveCapacity(period.count)
                try rows.eachSecond(in: period, withBands: withBands) { row in
                    let samples = Int(rows.sampleRate.samples(row.summary.seconds))
                    let record = LevelRecord(
                        start: UTCTime(microseconds: row.start * 1_000_000), samples: samples,
                        sampleRate: rows.sampleRate, summary: row.summary,
                        histogram: LevelHistogram(), scale: scale)
                    found.append((row.start, record))
                }
                return found
            }, body)
    }

    /// Tells LAF of each minute that begins in the period, in order.
    package func forEachMinuteHistogram(
        source: String, since: UTCTime, until: UTCTime,
        _ body: ((start: UTCTime, histogram: LevelHistogram, scale: LevelScale)) -> Void
    ) throws {
        let period = RowStretch.seconds(from: since, to: until)
        try forEachRow(
            of: source, in: period, Self.minutesAtOnce, first: { try $0.firstMinute(from: $1) },
            read: { rows, scale, period in
                try rows.histograms(in: period).map { minute, histogram in
                    let start = UTCTime(microseconds: minute * 1_000_000)
                    return (minute, (start, histogram, scale))
                }
            }, body)
    }

    /// Tells the rows of all measurements of a source, in order.
    ///
    /// - Parameters:
    ///   - length: how many seconds of them are read at once
    ///   - first: gives the second of the first row at or after a second
    ///   - read: gives the rows of a period, in order, with their seconds
    private func forEachRow<Value>(
        of source: String, in period: Range<Int64>, _ length: Int64,
        first: (LevelTable, Int64) throws -> Int64?,
        read: (LevelTable, LevelScale, Range<Int64>) throws -> [(second: Int64, value: Value)],
        _ body: (Value) -> Void
    ) throws {
        let tables = try tables(of: source)
        var next = period.lowerBound
        while let start = try tables.compactMap({ try first($0.rows, next) }).min(),
            start < period.upperBound
        {
            next = min(start + length, period.upperBound)
            let found = try tables.map { try read($0.rows, $0.scale, start..<next) }
                .filter { !$0.isEmpty }
            let rows =
                found.count == 1 ? found[0] : found.joined().sorted { $0.second < $1.second }
            for row in rows { body(row.value) }
        }
    }
}
