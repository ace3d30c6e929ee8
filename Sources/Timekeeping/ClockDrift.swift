/// How fast the clock of a device goes against that of the system, from the times at which its
/// samples were captured.
///
/// A straight line is fitted to the times of each window (least squares). Single times may be late
/// by as much as threads are: a millisecond of that moves the result of a window by 0.3 ppm.
public struct ClockDrift: Sendable {
    /// How long a window is.
    static let windowSeconds = 600.0

    private let sampleRate: SampleRate
    private var first: (position: Int64, nanoseconds: Int64)?
    // Sums over the window, of x, the seconds by the device, and y, by how much more the system
    // says.
    private var count = 0.0
    private var sums = (x: 0.0, y: 0.0, xx: 0.0, xy: 0.0)

    public init(sampleRate: SampleRate) {
        self.sampleRate = sampleRate
    }

    /// Takes when the sample at `position` was captured, on the monotonic clock, about once a
    /// second.
    ///
    /// - Returns: at the end of each window, by how many parts per million the device is too fast
    public mutating func observe(position: Int64, nanoseconds: Int64) -> Double? {
        let first = first ?? (position, nanoseconds)
        self.first = first
        let x = sampleRate.seconds(position - first.position)
        let y = Double(nanoseconds - first.nanoseconds) / 1e9 - x
        count += 1
        sums = (sums.x + x, sums.y + y, sums.xx + x * x, sums.xy + x * y)
        guard x >= Self.windowSeconds else { return nil }
        let slope =
            (count * sums.xy - sums.x * sums.y) / (count * sums.xx - sums.x * sums.x)
        reset()
        return (1 / (1 + slope) - 1) * 1e6
    }

    /// Audio is missing: how much, only the clock of the system knows.
    public mutating func reset() {
        (first, count, sums) = (nil, 0, (0, 0, 0, 0))
    }
}
