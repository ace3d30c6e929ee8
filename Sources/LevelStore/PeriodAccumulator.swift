internal import LevelTypes
internal import Timekeeping

/// Adds up what the measurements of a source know about a period. Sound pressure levels and levels
/// relative to full scale cannot be added together, so they are kept apart.
struct PeriodAccumulator {
    private var absolute = PeriodAccumulator.empty
    private var relative = PeriodAccumulator.empty

    private typealias Sum = (
        summary: LevelSummary, histogram: LevelHistogram, state: CalibrationState?
    )

    private static let empty: Sum = (LevelSummary(), LevelHistogram(), nil)

    mutating func add(_ part: LevelRowReader.Part, _ scale: LevelScale) {
        if scale.state == .uncalibrated {
            Self.add(part, scale, to: &relative)
        } else {
            Self.add(part, scale, to: &absolute)
        }
    }

    func period(from start: UTCTime, to end: UTCTime) -> LevelPeriod {
        let used = absolute.state == nil ? relative : absolute
        return LevelPeriod(
            start: start, end: end, summary: used.summary, histogram: used.histogram,
            state: used.state,
            leftOutSeconds: absolute.state == nil ? 0 : relative.summary.seconds)
    }

    private static func add(_ part: LevelRowReader.Part, _ scale: LevelScale, to sum: inout Sum) {
        sum.summary.merge(part.summary.amplified(byDecibels: scale.fullScaleDecibels))
        sum.histogram.merge(part.histogram.amplified(byDecibels: scale.fullScaleDecibels))
        sum.state = max(sum.state ?? scale.state, scale.state)
    }
}
