/// The last two minutes and more of level intervals: the level of an event is taken from these,
/// because an event is known only once it has lasted a while.
public struct LevelHistory: Sendable {
    /// The number of seconds kept: the longest minimum duration and the longest pause that an event
    /// may contain before it is known, a minute each, plus half the longest filter of its scores
    /// and the delay of the network.
    public static let seconds = 130

    private static let capacity = seconds * LevelMeter.intervalsPerSecond

    /// What the intervals of a stretch amount to.
    public struct Stretch: Sendable, Hashable, BitwiseCopyable {
        public var samples = 0
        /// The sum of the squared A-weighted samples.
        public var energyA = 0.0
        /// The greatest LAF, as a power.
        public var fastMaximum = 0.0

        public init() {}

        public mutating func add(_ other: Stretch) {
            samples += other.samples
            energyA += other.energyA
            fastMaximum = max(fastMaximum, other.fastMaximum)
        }
    }

    private var intervals: [LevelInterval] = []
    private var oldest = 0

    public init() {
        intervals.reserveCapacity(Self.capacity)
    }

    public mutating func add(_ interval: LevelInterval) {
        if intervals.count < Self.capacity {
            intervals.append(interval)
        } else {
            intervals[oldest] = interval
            oldest = (oldest + 1) % Self.capacity
        }
    }

    /// The intervals that end after `start` and no later than `end`, as far as they are kept.
    public func stretch(after start: Int64, through end: Int64) -> Stretch {
        var stretch = Stretch()
        // From the newest interval backwards.
        for age in 0..<intervals.count {
            let interval = intervals[(oldest + intervals.count - 1 - age) % intervals.count]
            guard interval.end > start else { break }
            guard interval.end <= end else { continue }
            stretch.samples += interval.samples
            stretch.energyA += interval.energyA
            stretch.fastMaximum = max(stretch.fastMaximum, interval.fastMaximum)
        }
        return stretch
    }
}
