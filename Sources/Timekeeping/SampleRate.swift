/// Samples per second of one channel, within the range the monitor accepts.
public struct SampleRate: Sendable, Hashable {
    /// The accepted rates, in hertz.
    public static let accepted = 16_000...192_000

    public let hertz: Int

    /// `nil` if `hertz` is outside `accepted`.
    public init?(hertz: Int) {
        guard Self.accepted.contains(hertz) else { return nil }
        self.hertz = hertz
    }

    private init(accepted hertz: Int) {
        self.hertz = hertz
    }

    /// 48 kHz, the rate of most devices.
    public static let hz48000 = SampleRate(accepted: 48_000)

    /// The length of `count` samples, in seconds.
    public func seconds(_ count: Int64) -> Double {
        Double(count) / Double(hertz)
    }

    /// The length of `count` samples, in whole nanoseconds, rounded towards zero.
    public func nanoseconds(_ count: Int64) -> Int64 {
        let (seconds, rest) = count.quotientAndRemainder(dividingBy: Int64(hertz))
        return seconds * 1_000_000_000 + rest * 1_000_000_000 / Int64(hertz)
    }

    /// The number of samples nearest to `seconds`; halves are rounded up. Lengths from outside must
    /// have been checked: one that does not fit in an integer is a mistake of the caller.
    public func samples(_ seconds: Double) -> Int {
        Int((seconds * Double(hertz) + 0.5).rounded(.down))
    }
}
