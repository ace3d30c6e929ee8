import LevelTypes
import Timekeeping

@testable import NoiseReports

extension NoiseReport {
    /// A report on some hours, made after they were over.
    init(
        hours: [LevelPeriod], source: String = "mic", period: CalendarPeriod? = nil,
        limits: DayLimits = .usual, generated: UTCTime? = nil, thresholds: [Double]? = nil,
        also change: (inout Measurements) -> Void = { _ in }
    ) {
        var measurements = Measurements(hours: hours, history: hours)
        change(&measurements)
        let period = period ?? CalendarPeriod(since: hours[0].start, until: hours.last!.end)
        self.init(
            source: source, period: period, limits: limits,
            generated: generated ?? period.until.adding(seconds: 60), thresholds: thresholds,
            measurements: measurements)
    }
}
