internal import Glibc

/// A moment on the wall clock: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted
/// (POSIX time). Every stored time has this form; local time exists only where people read it.
///
/// A damaged file can hold any number of microseconds, so there is an answer for each: a result
/// beyond the range is the nearest that there is.
public struct UTCTime: Sendable, Hashable, Comparable, Codable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Before, and after, every other time.
    public static let distantPast = UTCTime(microseconds: .min)
    public static let distantFuture = UTCTime(microseconds: .max)

    /// The system's wall clock now.
    public static func now() -> UTCTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    public func adding(seconds: Double) -> UTCTime {
        let change = (seconds * 1e6).rounded()
        if let whole = Int64(exactly: change) {
            let (sum, overflows) = microseconds.addingReportingOverflow(whole)
            if !overflows { return UTCTime(microseconds: sum) }
        }
        return change.isNaN ? self : UTCTime(microseconds: change < 0 ? .min : .max)
    }

    /// Seconds from `earlier` to this time; negative when this time comes first.
    public func seconds(since earlier: UTCTime) -> Double {
        let (difference, overflows) = microseconds.subtractingReportingOverflow(
            earlier.microseconds)
        guard overflows else { return Double(difference) / 1e6 }
        return (Double(microseconds) - Double(earlier.microseconds)) / 1e6
    }

    /// The beginning of the second it is in.
    public var wholeSecond: UTCTime {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let second = rest < 0 ? quotient - 1 : quotient
        let (start, overflows) = second.multipliedReportingOverflow(by: 1_000_000)
        return UTCTime(microseconds: overflows ? .min : start)
    }

    public static func < (left: UTCTime, right: UTCTime) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension UTCTime {
    /// The wall-clock time of a CLOCK_MONOTONIC moment, by what both clocks show now.
    public init(monotonicNanoseconds: Int64) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        self = UTCTime.now().adding(seconds: Double(monotonicNanoseconds - now) / 1e9)
    }
}
