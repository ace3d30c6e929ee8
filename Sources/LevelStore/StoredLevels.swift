package import GRDB
package import LevelTypes
package import Timekeeping

/// The levels of the sources, over any period.
package struct StoredLevels {
    private let db: Database

    package init(_ db: Database) {
        self.db = db
    }

    /// Rolls up the minutes that an earlier writer left open.
    package func closeOpenMinutes() throws {
        try LevelTable.closeOpenMinutes(db)
    }

    /// Removes the seconds that cannot be read, which would stand in the way of reading the others.
    /// Returns how many there were.
    ///
    /// - Parameter goOn: is called for each second, and ends it by throwing
    package func removeUnreadableSeconds(goOn: () throws -> Void) throws -> Int {
        try Measurement.all(in: db).reduce(0) { sum, found in
            let rate = found.measurement.sampleRate
            let rows = try LevelTable(db, measurement: found.id, sampleRate: rate)
            return try sum + rows.removeUnreadableSeconds(goOn: goOn)
        }
    }

    /// Removes the oldest seconds before a time. What is made from them stays.
    ///
    /// - Parameter limit: the most to remove
    /// - Returns: how many were removed
    package func removeSeconds(before end: UTCTime, limit: Int) throws -> Int {
        try remove(limit) { rows, limit in
            try rows.removeSeconds(before: end.unixHour, limit: limit)
        }
    }

    /// Removes the oldest levels of minutes and quarters of an hour, with the histograms of the
    /// minutes; returns how many rows that were.
    package func removeMinutes(before end: UTCTime, limit: Int) throws -> Int {
        try remove(limit) { rows, limit in
            try rows.removeMinutes(before: end.unixHour, limit: limit)
        }
    }

    /// Removes the oldest levels of hours.
    package func removeHours(before end: UTCTime, limit: Int) throws -> Int {
        try remove(limit) { rows, limit in
            try rows.removeHours(before: end.unixHour, limit: limit)
        }
    }

    private func remove(
        _ limit: Int, _ body: (_ rows: LevelTable, _ limit: Int) throws -> Int
    ) throws -> Int {
        try Measurement.all(in: db).reduce(0) { sum, found in
            guard sum < limit else { return sum }
            let rate = found.measurement.sampleRate
            let rows = try LevelTable(db, measurement: found.id, sampleRate: rate)
            return try sum + body(rows, limit - sum)
        }
    }

    /// When the oldest stored second begins; `nil` if there is none.
    package func firstSecond() throws -> UTCTime? {
        try Measurement.all(in: db).compactMap { id, measurement in
            try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
                .firstSecond(from: 0)
        }.min().map { UTCTime(unixSeconds: $0) }
    }

    /// Makes those roll-ups that there are none of. The others stay: they may know seconds that are
    /// gone.
    package func addMissingRollUps() throws {
        try LevelTable.addMissingRollUps(db)
    }

    /// Seconds of a source in a row.
    package struct Stretch {
        package let source: String
        package let sampleRate: SampleRate
        package let start: UTCTime
        package let end: UTCTime
    }

    /// The seconds that have these keys, none of which can be read: of each measurement up to where
    /// its source has seconds of another one.
    package func stretches(
        ofKeys keys: ClosedRange<Int64>, until end: UTCTime
    ) throws -> [Stretch] {
        let all = try Measurement.all(in: db).map { id, measurement in
            let rate = measurement.sampleRate
            return (measurement, try LevelTable(db, measurement: id, sampleRate: rate))
        }
        return try all.compactMap { measurement, rows in
            guard var seconds = rows.seconds(ofKeys: keys) else { return nil }
            for (other, others) in all
            where other != measurement && other.source == measurement.source {
                guard let known = try others.bounds() else { continue }
                // It goes on with another measurement, or another one came before it.
                if keys.upperBound > rows.lastID, known.upperBound >= seconds.lowerBound {
                    seconds = seconds.clamped(to: 0..<max(known.lowerBound, seconds.lowerBound))
                } else if keys.lowerBound < rows.firstID, known.lowerBound < seconds.upperBound {
                    let first = min(known.upperBound + 1, seconds.upperBound)
                    seconds = seconds.clamped(to: first..<seconds.upperBound)
                }
            }
            let stretch = Stretch(
                source: measurement.source, sampleRate: measurement.sampleRate,
                start: UTCTime(unixSeconds: seconds.lowerBound),
                end: min(UTCTime(unixSeconds: seconds.upperBound), end))
            return stretch.start < stretch.end ? stretch : nil
        }
    }

    /// Makes all roll-ups again from the seconds and the histograms of the minutes. Those whose
    /// seconds are gone stay.
    package func rebuildRollUps() throws {
        try LevelTable.rebuild(db)
    }

    /// What is known about the levels of a source between each boundary and the next, in order.
    ///
    /// A second belongs to the period in which it begins. Each period is made of as few rows as
    /// possible: hours, quarters of an hour, minutes, and seconds at its edges and in the minute
    /// that is being written. The newest second is always included.
    ///
    /// - The levels are sound pressure levels if the scale was known. If it was known for only part
    ///   of the period, that part counts, and the rest is `leftOutSeconds`.
    /// - LAF is stored per minute. The histogram of a period covers the minutes entirely within it:
    ///   it has nothing from a minute cut by a boundary, unless no second follows the boundary yet;
    ///   a period without a whole minute has none.
    /// - Two boundaries that do not ascend enclose nothing.
    package func levels(
        source: String, boundaries: [UTCTime]
    ) throws -> [LevelPeriod] {
        let ends = boundaries.dropFirst()
        let periods = zip(boundaries, ends).map { RowStretch.seconds(from: $0, to: $1) }
        var sums = periods.map { _ in PeriodAccumulator() }
        for (id, measurement) in try Measurement.all(of: source, in: db) {
            let rows = try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
            try LevelRowReader.read(periods, rows) { period, part in
                sums[period].add(part, measurement.scale)
            }
        }
        return zip(sums, zip(boundaries, ends)).map { sum, bounds in
            sum.period(from: bounds.0, to: bounds.1)
        }
    }

    /// The measurements of a source.
    func tables(of source: String) throws -> [(rows: LevelTable, scale: LevelScale)] {
        try Measurement.all(of: source, in: db).map { id, measurement in
            let rate = measurement.sampleRate
            return (
                try LevelTable(db, measurement: id, sampleRate: rate), measurement.scale
            )
        }
    }

    /// The sources that have levels, sorted.
    package func sources() throws -> [String] {
        let measurements = try Measurement.all(in: db).filter { id, measurement in
            try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
                .knownBounds() != nil
        }
        return Set(measurements.map(\.measurement.source)).sorted()
    }

    /// When the first and the last second of a source begin that anything is known about; `nil` if
    /// it has no levels. Of seconds that are gone the hour is known.
    package func range(
        source: String
    ) throws -> (first: UTCTime, last: UTCTime)? {
        let bounds = try tables(of: source).compactMap { try $0.rows.knownBounds() }
        guard let first = bounds.map(\.lowerBound).min(),
            let last = bounds.map(\.upperBound).max()
        else { return nil }
        return (UTCTime(unixSeconds: first), UTCTime(unixSeconds: last))
    }

    /// Up to when the seconds of a source were removed; `nil` if they are all there. What is made
    /// from them is known from before.
    package func removedUntil(source: String) throws -> UTCTime? {
        let tables = try tables(of: source).map(\.rows)
        let known = try tables.compactMap { try $0.knownBounds() }
        guard let first = known.map(\.lowerBound).min(),
            let last = known.map(\.upperBound).max()
        else { return nil }
        let second = try tables.compactMap { try $0.bounds()?.lowerBound }.min() ?? last + 1
        return second > first ? UTCTime(unixSeconds: second) : nil
    }

    /// The scales of what was measured of a source in a period, and how many seconds each has.
    package func scales(
        source: String, since: UTCTime, until: UTCTime
    ) throws -> [LevelScale: Double] {
        let period = RowStretch.seconds(from: since, to: until)
        var scales: [LevelScale: Double] = [:]
        for (id, measurement) in try Measurement.all(of: source, in: db) {
            let rows = try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
            try LevelRowReader.read([period], rows) { _, part in
                scales[measurement.scale, default: 0] += part.summary.seconds
            }
        }
        return scales
    }

    /// The second with the highest LAFmax of those that begin in the period (the first if there are
    /// several), and its level; as in `levels`, uncalibrated levels count only if there are no
    /// others.
    package func loudestSecond(
        source: String, since: UTCTime, until: UTCTime
    ) throws -> (time: UTCTime, level: Double)? {
        let period = RowStretch.seconds(from: since, to: until)
        var absolute = LoudestSecondSearch()
        var relative = LoudestSecondSearch()
        for (id, measurement) in try Measurement.all(of: source, in: db) {
            let rows = try LevelTable(db, measurement: id, sampleRate: measurement.sampleRate)
            if measurement.scale.state == .uncalibrated {
                try relative.search(period, rows, measurement.scale)
            } else {
                try absolute.search(period, rows, measurement.scale)
            }
        }
        return (absolute.found ?? relative.found).map {
            (UTCTime(unixSeconds: $0.second), $0.level)
        }
    }
}

extension UTCTime {
    fileprivate init(unixSeconds: Int64) {
        self.init(microseconds: unixSeconds * 1_000_000)
    }

    /// The beginning of its hour in UTC, in Unix seconds; 0 for a time before 1970.
    fileprivate var unixHour: Int64 {
        max(0, RollUpLength.hour.start(of: microseconds / 1_000_000))
    }
}
