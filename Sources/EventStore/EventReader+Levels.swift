public import Database
internal import LevelStore
public import LevelTypes
public import Timekeeping

/// The levels of the sources, over any period.
extension EventReader {
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
    public func levels(
        source: String, boundaries: [UTCTime]
    ) throws(StoreError) -> [LevelPeriod] {
        try doing("read the levels") { db in
            try StoredLevels(db).levels(source: source, boundaries: boundaries)
        }
    }

    /// Tells the levels of each second that begins in the period, in order; of those that are there
    /// with two scales, both. The histograms are empty. Any period takes little memory. `body` must
    /// not use this reader.
    ///
    /// - Parameter withBands: false: the bands are left out, which takes less time
    public func forEachLevelSecond(
        source: String, since: UTCTime, until: UTCTime, withBands: Bool,
        _ body: (LevelRecord) -> Void
    ) throws(StoreError) {
        try doing("read the levels") { db in
            try StoredLevels(db).forEachSecond(
                source: source, since: since, until: until, withBands: withBands, body)
        }
    }

    /// Tells LAF of each minute that begins in the period, in order, relative to full scale. `body`
    /// must not use this reader.
    public func forEachMinuteHistogram(
        source: String, since: UTCTime, until: UTCTime,
        _ body: ((start: UTCTime, histogram: LevelHistogram, scale: LevelScale)) -> Void
    ) throws(StoreError) {
        try doing("read the levels") { db in
            try StoredLevels(db).forEachMinuteHistogram(
                source: source, since: since, until: until, body)
        }
    }

    /// The sources that have levels, sorted.
    public func levelSources() throws(StoreError) -> [String] {
        try doing("read the sources of levels") { db in
            try StoredLevels(db).sources()
        }
    }

    /// When the first and the last second of a source begin that anything is known about; `nil` if
    /// it has no levels.
    public func levelRange(
        source: String
    ) throws(StoreError) -> (first: UTCTime, last: UTCTime)? {
        try doing("read the period of the levels") { db in
            try StoredLevels(db).range(source: source)
        }
    }

    /// Up to when the seconds of a source were removed; `nil` if they are all there. The levels of
    /// minutes are known from before.
    public func secondsRemovedUntil(source: String) throws(StoreError) -> UTCTime? {
        try doing("read the period of the levels") { db in
            try StoredLevels(db).removedUntil(source: source)
        }
    }

    /// The scales of what was measured of a source in a period, and how many seconds each has.
    public func scales(
        source: String, since: UTCTime, until: UTCTime
    ) throws(StoreError) -> [LevelScale: Double] {
        try doing("read the scales of the levels") { db in
            try StoredLevels(db).scales(source: source, since: since, until: until)
        }
    }

    /// The second with the highest LAFmax of those that begin in the period (the first if there are
    /// several), and its level; as in `levels`, uncalibrated levels count only if there are no
    /// others.
    public func loudestSecond(
        source: String, since: UTCTime, until: UTCTime
    ) throws(StoreError) -> (time: UTCTime, level: Double)? {
        try doing("read the highest level") { db in
            try StoredLevels(db).loudestSecond(source: source, since: since, until: until)
        }
    }
}
