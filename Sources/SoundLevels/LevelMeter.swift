/// The unweighted (Z) equivalent level and the sample peak of consecutive seconds of audio, in
/// double precision.
///
/// Levels are means of power, never of decibels. One instance belongs to one thread; nothing is
/// allocated after `init`.
public struct LevelMeter: Sendable {
    /// What was measured over a number of samples.
    public struct Reading: Sendable, Hashable {
        /// Position of the first sample on the time line.
        public var position: Int64
        public var samples: Int
        /// The sum of the squared samples.
        public var energy: Double
        /// The largest absolute sample.
        public var peak: Double
    }

    private let interval: Int
    private var current: Reading?

    /// A meter that reads out after every `interval` samples (1 or more).
    public init(interval: Int) {
        precondition(interval >= 1, "an interval needs samples, not \(interval)")
        self.interval = interval
    }

    /// Takes the samples at `position` and hands out each interval that they complete.
    public mutating func process(
        _ samples: Span<Float>, position: Int64, onReading: (Reading) -> Void
    ) {
        var taken = 0
        while taken < samples.count {
            var reading =
                current
                ?? Reading(position: position + Int64(taken), samples: 0, energy: 0, peak: 0)
            let count = min(interval - reading.samples, samples.count - taken)
            for index in taken..<(taken + count) {
                let sample = Double(samples[index])
                reading.energy += sample * sample
                reading.peak = max(reading.peak, abs(sample))
            }
            reading.samples += count
            taken += count
            current = reading
            if reading.samples == interval { flush(onReading) }
        }
    }

    /// Hands out what was measured of the interval that is under way. Called where audio is
    /// missing, and at the end.
    public mutating func flush(_ onReading: (Reading) -> Void) {
        guard let reading = current else { return }
        current = nil
        onReading(reading)
    }
}
