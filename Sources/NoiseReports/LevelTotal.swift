internal import LevelTypes
internal import Timekeeping

/// The levels of several periods together, which need not be adjacent.
struct LevelTotal: Sendable {
    /// The length of the periods, in seconds.
    private(set) var lengthSeconds = 0.0
    private(set) var summary = LevelSummary()
    private(set) var histogram = LevelHistogram()
    /// The least trusted of the states; `nil` without audio.
    private(set) var state: CalibrationState?
    private(set) var leftOutSeconds = 0.0
    /// The length of what is known. Seconds that came twice, because the clock was set back, count
    /// once, and do not make up for others that are missing.
    private var knownSeconds = 0.0

    /// - Parameter periods: all absolute or all relative (`LevelPeriod.keeping(absolute:)`)
    init(_ periods: some Sequence<LevelPeriod>) {
        for period in periods {
            lengthSeconds += period.end.seconds(since: period.start)
            knownSeconds += period.coverage * period.end.seconds(since: period.start)
            summary.merge(period.summary)
            histogram.merge(period.histogram)
            state = [state, period.state].compactMap(\.self).max()
            leftOutSeconds += period.leftOutSeconds
        }
    }

    /// The share of the periods whose levels are known, 0 to 1.
    var coverage: Double {
        lengthSeconds > 0 ? knownSeconds / lengthSeconds : 0
    }

    /// The level that was exceeded `percent` % of the time (ISO 1996-1:2016, 3.1.3).
    func exceeded(_ percent: Double) -> Double? {
        histogram.exceeded(percent: percent)
    }
}

extension LevelPeriod {
    /// Whether there are sound pressure levels.
    var isAbsolute: Bool { state.map { $0 != .uncalibrated } ?? false }

    /// The same period, but without its audio if that is relative to full scale and the levels it
    /// is to be shown with are not: the two can be neither added nor compared.
    func keeping(absolute: Bool) -> LevelPeriod {
        guard absolute, state == .uncalibrated else { return self }
        return LevelPeriod(
            start: start, end: end, leftOutSeconds: leftOutSeconds + summary.seconds)
    }
}
