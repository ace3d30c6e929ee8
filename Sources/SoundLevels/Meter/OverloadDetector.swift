/// Finds samples that do not represent the sound: clipped ones, and a signal that never changes.
struct OverloadDetector: Sendable {
    /// The greatest positive value of 16-bit samples.
    static let fullScale: Float = 32_767.0 / 32_768
    /// This many samples in a row with the same value, at full scale or above, are clipped: their
    /// top is flat. That of a wave that just fits is shorter, except at the lowest frequencies (of
    /// 16 bits at 48 kHz, those below some 50 Hz), and so is that of floats above full scale, which
    /// lost nothing.
    static let clippedRun = 3
    /// A shorter interval proves nothing about a dead microphone.
    static let stuckSamples = 1_000

    /// At least one run of clipped samples since the interval began.
    private(set) var isOverloaded = false
    private var run = 0
    /// The last sample, if it was at full scale.
    private var top: Float = 0
    private var lowest = Float.infinity
    private var highest = -Float.infinity
    private var count = 0

    /// The greatest amplitude since the interval began.
    var peak: Float { count > 0 ? max(abs(lowest), abs(highest)) : 0 }

    /// Every sample since the interval began had the same value: no microphone is that quiet.
    var isStuck: Bool { count >= Self.stuckSamples && lowest == highest }

    mutating func process(_ samples: Span<Float>) {
        let (low, high) = Self.extremes(samples)
        lowest = min(lowest, low)
        highest = max(highest, high)
        count += samples.count
        if max(high, -low) < Self.fullScale {
            run = 0
        } else {
            findRuns(samples)
        }
    }

    mutating func beginInterval() {
        isOverloaded = false
        (lowest, highest) = (.infinity, -.infinity)
        count = 0
    }

    mutating func reset() {
        beginInterval()
        run = 0
    }

    private mutating func findRuns(_ samples: Span<Float>) {
        for index in samples.indices {
            let sample = samples[index]
            let isFlat = run > 0 && sample == top
            run = abs(sample) >= Self.fullScale ? (isFlat ? run + 1 : 1) : 0
            top = sample
            if run >= Self.clippedRun { isOverloaded = true }
        }
    }

    private static func extremes(_ samples: Span<Float>) -> (low: Float, high: Float) {
        var (low, high) = (Float.infinity, -Float.infinity)
        for index in samples.indices {
            low = min(low, samples[index])
            high = max(high, samples[index])
        }
        return (low, high)
    }
}
