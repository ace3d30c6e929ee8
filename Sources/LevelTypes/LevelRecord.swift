public import Timekeeping

/// The levels of one source in one second of the wall clock.
public struct LevelRecord: Sendable, Hashable {
    /// The beginning of the second: a whole number of seconds.
    public var start: UTCTime
    /// Samples heard in the second: fewer than the sample rate if audio is missing.
    public var samples: Int
    public var sampleRate: SampleRate
    /// Relative to full scale.
    public var summary: LevelSummary
    /// LAF relative to full scale, sampled 100 times a second.
    public var histogram: LevelHistogram
    /// A-weighted power with time weightings F and S at the last sample, relative to full scale.
    /// Not stored.
    public var fastEnd: Double
    public var slowEnd: Double
    /// What turns these numbers into sound pressure levels.
    public var scale: LevelScale

    public init(
        start: UTCTime, samples: Int, sampleRate: SampleRate, summary: LevelSummary,
        histogram: LevelHistogram, fastEnd: Double = 0, slowEnd: Double = 0, scale: LevelScale
    ) {
        self.start = start
        self.samples = samples
        self.sampleRate = sampleRate
        self.summary = summary
        self.histogram = histogram
        self.fastEnd = fastEnd
        self.slowEnd = slowEnd
        self.scale = scale
    }
}
