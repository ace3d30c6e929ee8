public import LevelTypes
internal import Timekeeping

/// Adds up the histograms of seconds to those of minutes of the wall clock, for each source.
public struct MinuteHistograms: Sendable {
    private struct Minute: Sendable {
        let start: UTCTime
        var histogram: LevelHistogram
        let scale: LevelScale
    }

    private var minutes: [String: Minute] = [:]

    public init() {}

    /// Takes the next second of a source; returns the minute before it, if it begins another one.
    public mutating func add(_ record: LevelRecord, of source: String) -> Observation? {
        let start = Self.minute(of: record.start)
        var minute =
            minutes[source]
            ?? Minute(start: start, histogram: LevelHistogram(), scale: record.scale)
        guard minute.start == start, minute.scale == record.scale else {
            minutes[source] = Minute(
                start: start, histogram: record.histogram, scale: record.scale)
            return .minute(source: source, start: minute.start, minute.histogram, minute.scale)
        }
        minute.histogram.merge(record.histogram)
        minutes[source] = minute
        return nil
    }

    /// The clock of a source was set: the minute that it was in was never whole.
    public mutating func forget(_ source: String) {
        minutes[source] = nil
    }

    private static func minute(of time: UTCTime) -> UTCTime {
        let second = time.microseconds / 1_000_000
        return UTCTime(microseconds: (second - second % 60) * 1_000_000)
    }
}
