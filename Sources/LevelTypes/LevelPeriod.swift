public import Timekeeping

/// What is known about the levels of a source in a period.
public struct LevelPeriod: Sendable, Hashable {
    public var start: UTCTime
    public var end: UTCTime
    /// In powers and exposures re 20 µPa, so that its levels are sound pressure levels; relative to
    /// full scale if `state` is `.uncalibrated`.
    public var summary: LevelSummary
    /// LAF on the same scale.
    public var histogram: LevelHistogram
    /// The least trusted of the scales it was made with; `nil` without audio.
    public var state: CalibrationState?
    /// Seconds of audio from an uncalibrated microphone that are left out, because the rest of the
    /// period has sound pressure levels, and the two do not add up.
    public var leftOutSeconds: Double

    public init(
        start: UTCTime, end: UTCTime, summary: LevelSummary = LevelSummary(),
        histogram: LevelHistogram = LevelHistogram(), state: CalibrationState? = nil,
        leftOutSeconds: Double = 0
    ) {
        self.start = start
        self.end = end
        self.summary = summary
        self.histogram = histogram
        self.state = state
        self.leftOutSeconds = leftOutSeconds
    }

    /// The share of the period whose levels are known, 0 to 1.
    public var coverage: Double {
        let length = end.seconds(since: start)
        return length > 0 ? min(1, summary.seconds / length) : 0
    }
}
