internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// The noise a source heard in a period. `docs/noise-report.md` says what each figure means.
public struct NoiseReport: Sendable {
    /// What a report is made of.
    struct Measurements: Sendable {
        /// The period cut at the full hours of the local clock.
        var hours: [LevelPeriod] = []
        /// The period cut as finely as the level chart shows it.
        var history: [LevelPeriod] = []
        /// The loudest minutes, loudest first.
        var loudestMinutes: [LevelPeriod] = []
        /// Stretches of whole minutes without any audio.
        var unheard: [MissingAudio] = []
        /// The second with the highest LAFmax.
        var loudestSecond: UTCTime?
        var events: [SoundEvent] = []
        var gaps: [AudioGap] = []
        /// The scales that the levels of the period were measured with, and how many seconds of
        /// each.
        var scales: [LevelScale: Double] = [:]
        /// All calibrations of the source, whenever they were.
        var calibrations: [Calibration] = []
    }

    let source: String
    let period: CalendarPeriod
    let limits: DayLimits
    /// When the report was made.
    let generated: UTCTime
    /// In dB.
    let thresholds: [Double]
    /// Whether the levels are sound pressure levels; otherwise all are relative to full scale.
    let isAbsolute: Bool
    let hours: [LevelPeriod]
    /// The hours that are listed, in files for programs: in a long period, those of the dates with
    /// audio.
    let listedHours: [LevelPeriod]
    let history: [LevelPeriod]
    let loudestMinutes: [LevelPeriod]
    let loudestSecond: UTCTime?
    let events: [SoundEvent]
    let missing: [MissingAudio]
    /// How much of what was measured was not analysed in full, in seconds, by its partial cause.
    let omittedSeconds: [GapCause: Double]
    let calibration: CalibrationStatement
    /// The whole period.
    let total: LevelTotal
    /// The parts of the day, over all days together.
    let parts: [DayPart: LevelTotal]

    /// - Parameter thresholds: in dB; `nil` for the usual ones
    init(
        source: String, period: CalendarPeriod, limits: DayLimits = .usual, generated: UTCTime,
        thresholds: [Double]? = nil, measurements: Measurements
    ) {
        let isAbsolute = Self.isAbsolute(measurements.hours)
        self.source = source
        self.period = period
        self.limits = limits
        self.generated = generated
        self.thresholds =
            thresholds ?? (isAbsolute ? Self.usualThresholds : Self.relativeThresholds)
        self.isAbsolute = isAbsolute
        hours = measurements.hours.map { $0.keeping(absolute: isAbsolute) }
        listedHours = period.seconds > Self.longestListed ? Self.heardDates(hours) : hours
        history = measurements.history.map { $0.keeping(absolute: isAbsolute) }
        loudestMinutes = measurements.loudestMinutes
        loudestSecond = measurements.loudestSecond
        events = measurements.events
        missing = MissingAudio.list(
            gaps: measurements.gaps, unheard: measurements.unheard, since: period.since,
            until: min(period.until, generated))
        omittedSeconds = MissingAudio.omitted(
            measurements.gaps, since: period.since, until: min(period.until, generated))
        total = LevelTotal(hours)
        parts = Dictionary(grouping: hours) { limits.part(ofHour: $0.localHour) }
            .mapValues { LevelTotal($0) }
        calibration = CalibrationStatement(
            state: total.state, leftOutSeconds: total.leftOutSeconds, scales: measurements.scales,
            calibrations: measurements.calibrations, since: period.since, until: period.until)
    }

    static let usualThresholds = stride(from: 50.0, through: 90, by: 5).map(\.self)
    static let relativeThresholds = stride(from: -60.0, through: -10, by: 10).map(\.self)
    /// Below this share of audio a term is not representative, and the report says so.
    static let sufficientCoverage = 0.75
    /// A day on which the clock is set forward has 23 hours.
    static let shortestDay = 23 * 3_600.0
    static let percentiles = [1.0, 5, 10, 50, 90, 95, 99]
}

extension NoiseReport {
    /// Whether sound pressure levels are shown: if there are any, and if there is nothing.
    static func isAbsolute(_ periods: [LevelPeriod]) -> Bool {
        periods.contains(where: \.isAbsolute) || !periods.contains { $0.state == .uncalibrated }
    }

    /// The unit of A-weighted levels.
    var unit: String { total.state?.unit ?? "dB" }

    /// LAeq of a part of the day.
    func level(of part: DayPart) -> Double? { parts[part]?.summary.laeq }

    /// The day-evening-night level, from the terms of all days of the period. `nil` for less than a
    /// day, and if there is no audio from one part of the day.
    var lden: Double? {
        isLongEnoughForLden ? limits.lden(level) : nil
    }

    var isLongEnoughForLden: Bool { period.seconds >= Self.shortestDay }

    /// Lden is a level of a year (Directive 2002/49/EC, Annex I, 1); that of one day is labelled as
    /// such.
    var ldenLabel: String { period.seconds <= 25 * 3_600 ? "Lden,24h" : "Lden" }

    /// What the Lden covers, in words.
    var ldenScope: String {
        guard ldenLabel == "Lden" else { return "of one day, not of a year" }
        let days = period.days
        let text = days == days.rounded() ? String(Int(days)) : fixedPoint(days, places: 1) ?? "-"
        return "of \(text) days, not of a year"
    }

    /// How much of the time LAF was at a threshold or above, 0 to 1.
    func share(atOrAbove threshold: Double) -> Double? {
        total.histogram.share(atOrAbove: threshold)
    }

    var tallies: [EventTally] {
        EventTally.list(
            events, since: period.since, until: period.until, absolute: isAbsolute)
    }

    /// The number of events caused by the level alone.
    var loudEvents: Int {
        Set(events.lazy.filter { $0.label == SoundEvent.loudLabel }.map(\.id)).count
    }

    /// A longer period, in seconds, is listed only where there is audio: two years.
    private static let longestListed = 2 * 366 * 86_400.0
    /// More hours are not listed for people: two months.
    private static let mostHours = 62 * 24 + 1

    /// The hours of the dates with audio.
    private static func heardDates(_ hours: [LevelPeriod]) -> [LevelPeriod] {
        guard let first = hours.firstIndex(where: { $0.summary.seconds > 0 }),
            let last = hours.lastIndex(where: { $0.summary.seconds > 0 })
        else { return [] }
        // A date has 25 hours at most. Decades before the first audio are not even looked at.
        let around = hours[max(0, first - 25)...min(hours.count - 1, last + 25)]
        let date = { (hour: LevelPeriod) in CivilTime(localOf: hour.start)?.dateText }
        let heard = Set(around.filter { $0.summary.seconds > 0 }.map(date))
        return around.filter { heard.contains(date($0)) }
    }

    /// Whether people get a table of the hours.
    var listsHours: Bool { hours.count <= Self.mostHours }

    /// What is left out because the period is long; `nil` if nothing is.
    public var omission: String? {
        guard period.seconds > Self.longestListed else { return nil }
        return "the period is longer than two years: dates without audio are not listed"
    }

    /// In place of the table of the hours.
    static let hoursOmission =
        "The hours of more than 62 days are not listed; csv and json have them, and "
        + "`monitorctl levels --every` any others"

    /// The levels of each date, if there are several; in a long period, of those with audio.
    var days: [ReportDay] {
        guard !period.isWithinADay else { return [] }
        let dates = Dictionary(grouping: listedHours) {
            CivilTime(localOf: $0.start)?.dateText ?? "-"
        }
        return dates.sorted { $0.key < $1.key }.map { date, hours in
            ReportDay(date: date, hours: hours, limits: limits)
        }
    }

    /// What the report is about, in a few words.
    public var title: String { period.title }

    /// Whether nothing was measured.
    public var isEmpty: Bool { total.state == nil }

    /// Whether the period reaches into the time after the report was made.
    var isUnfinished: Bool { period.until > generated }

    /// On every page and in every section: what was heard, how much of it, on which scale.
    var runningStatement: String {
        "\(calibration.short) · Coverage \(LevelText.coverage(total.coverage)) %"
    }

    /// The offset of the local clock from UTC, and whether it changes.
    var zoneText: String {
        let first = LevelText.offset(at: period.since)
        let last = LevelText.offset(at: period.until.adding(seconds: -1))
        guard first != last else { return "local time, UTC\(first)" }
        return "local time, UTC\(first) at the beginning and UTC\(last) at the end "
            + "(the clock is set within the period)"
    }
}

/// The levels of one date.
struct ReportDay: Sendable {
    let date: String
    let total: LevelTotal
    let parts: [DayPart: LevelTotal]
    /// For the date alone; `nil` without audio from one part of the day, and if the period does not
    /// contain the whole date.
    let lden: Double?

    init(date: String, hours: [LevelPeriod], limits: DayLimits) {
        let parts = Dictionary(grouping: hours) { limits.part(ofHour: $0.localHour) }
            .mapValues { LevelTotal($0) }
        self.date = date
        self.parts = parts
        total = LevelTotal(hours)
        lden =
            total.lengthSeconds >= NoiseReport.shortestDay
            ? limits.lden { parts[$0]?.summary.laeq } : nil
    }
}

extension LevelPeriod {
    /// The hour that the local clock shows at the beginning.
    var localHour: Int { CivilTime(localOf: start)?.hour ?? 0 }
}
