/// The last two minutes of level frames: what the level of an event is taken from, because an event
/// is known only when it has lasted a while.
public struct LevelHistory: Sendable {
    /// Seconds that are kept: the longest minimum duration and the longest pause that an event may
    /// contain before it is known, a minute each, and what the network answers late.
    public static let seconds = 125

    private static let capacity = seconds * LevelMeter.framesPerSecond

    /// What the frames of a stretch amount to.
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

    private var frames: [LevelFrame] = []
    private var oldest = 0

    public init() {
        frames.reserveCapacity(Self.capacity)
    }

    public mutating func add(_ frame: LevelFrame) {
        if frames.count < Self.capacity {
            frames.append(frame)
        } else {
            frames[oldest] = frame
            oldest = (oldest + 1) % Self.capacity
        }
    }

    /// The frames that end after `start` and not after `end`, as far as they are kept.
    public func stretch(after start: Int64, through end: Int64) -> Stretch {
        var stretch = Stretch()
        // From the newest frame back.
        for age in 0..<frames.count {
            let frame = frames[(oldest + frames.count - 1 - age) % frames.count]
            guard frame.end > start else { break }
            guard frame.end <= end else { continue }
            stretch.samples += frame.samples
            stretch.energyA += frame.energyA
            stretch.fastMaximum = max(stretch.fastMaximum, frame.fastMaximum)
        }
        return stretch
    }
}
