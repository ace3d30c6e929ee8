internal import Glibc

/// A moment on the wall clock: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted
/// (POSIX time). Every stored time has this form; local time exists only where people read it.
public struct UTCTime: Sendable, Hashable, Comparable, Codable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The system's wall clock now.
    public static func now() -> UTCTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    public func adding(seconds: Double) -> UTCTime {
        UTCTime(microseconds: microseconds + Int64((seconds * 1e6).rounded()))
    }

    /// Seconds from `earlier` to this time; negative when this time comes first.
    public func seconds(since earlier: UTCTime) -> Double {
        Double(microseconds - earlier.microseconds) / 1e6
    }

    /// The beginning of the second it is in.
    public var wholeSecond: UTCTime {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return UTCTime(microseconds: (rest < 0 ? quotient - 1 : quotient) * 1_000_000)
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
