/// The length of the pieces into which a period is cut. The pieces begin where the local clock
/// shows a multiple of the step; the first and the last are as short as the period makes them.
public enum CalendarStep: String, Sendable, CaseIterable {
    case second = "1s"
    case minute = "1m"
    case quarter = "15m"
    case hour = "1h"
    /// From midnight to midnight: 23 or 25 hours when the clock changes.
    case day = "1d"

    /// The finest step that cuts a period of this many seconds into at most 60 pieces, or a day.
    public static func usual(forSeconds seconds: Double) -> CalendarStep {
        allCases.first { seconds <= 60 * Double($0.seconds) } ?? .day
    }

    /// Where the pieces begin and the last one ends: one more than there are pieces. Empty for a
    /// period without length.
    public func boundaries(since: UTCTime, until: UTCTime) -> [UTCTime] {
        CivilGrid.boundaries(from: since, to: until, every: seconds)
    }

    /// The same, for at most `limit` pieces; the rest begins at the last boundary.
    public func boundaries(since: UTCTime, until: UTCTime, limit: Int) -> [UTCTime] {
        CivilGrid.boundaries(from: since, to: until, every: seconds, limit: limit)
    }

    /// Nominal, by the clock.
    package var seconds: Int {
        switch self {
        case .second: 1
        case .minute: 60
        case .quarter: 900
        case .hour: 3_600
        case .day: 86_400
        }
    }
}

/// The times at which the local clock shows a multiple of some length.
package enum CivilGrid {
    /// `start`, the multiples of `step` in between, and `end`.
    ///
    /// An hour that the clock shows twice is there twice. A clock change of half an hour makes one
    /// piece shorter.
    /// - Parameters:
    ///   - step: seconds; a divisor of an hour, an hour or a day
    ///   - limit: the most pieces, 1 or more; the rest of the period is left out
    package static func boundaries(
        from start: UTCTime, to end: UTCTime, every step: Int, limit: Int = .max
    ) -> [UTCTime] {
        guard start < end else { return [] }
        var result = [start]
        var last = start
        while let next = next(after: last, every: step), next < end {
            result.append(next)
            if result.count > limit { return result }
            last = next
        }
        return result + [end]
    }

    /// `nil` beyond the years that a `CivilTime` can have.
    private static func next(after moment: UTCTime, every step: Int) -> UTCTime? {
        guard let local = CivilTime(localOf: moment) else { return nil }
        if step == 86_400 {
            return CivilTime(localDateOf: moment)?.adding(days: 1)?.utcInLocalZone()
        }
        let fraction = moment.microseconds % 1_000_000
        let seconds = Int64(step - local.secondOfDay % step)
        return UTCTime(microseconds: moment.microseconds - fraction + seconds * 1_000_000)
    }
}
