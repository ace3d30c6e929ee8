/// The period a report is about.
public struct CalendarPeriod: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case day
        case week
        /// From any time to any time.
        case period
    }

    public let kind: Kind
    public let since: UTCTime
    public let until: UTCTime

    /// Any period, in whole seconds; fractions are cut off.
    public init(since: UTCTime, until: UTCTime) {
        self.init(.period, since.wholeSecond, until.wholeSecond)
    }

    /// The local day of a moment, from midnight to midnight.
    public init?(dayOf moment: UTCTime) {
        guard let date = CivilTime(localDateOf: moment), let next = date.adding(days: 1) else {
            return nil
        }
        self.init(.day, date.utcInLocalZone(), next.utcInLocalZone())
    }

    /// The local week of a moment, from Monday to Sunday (ISO 8601).
    public init?(weekOf moment: UTCTime) {
        guard let date = CivilTime(localDateOf: moment),
            let monday = date.adding(days: -date.daysSinceMonday),
            let next = monday.adding(days: 7)
        else { return nil }
        self.init(.week, monday.utcInLocalZone(), next.utcInLocalZone())
    }

    private init(_ kind: Kind, _ since: UTCTime, _ until: UTCTime) {
        (self.kind, self.since, self.until) = (kind, since, until)
    }

    package var seconds: Double { until.seconds(since: since) }

    /// The calendar days it is made of; with a fraction if it does not begin and end at midnight.
    package var days: Double {
        guard let first = CivilTime(localOf: since), let last = CivilTime(localOf: until),
            let start = CivilTime(localDateOf: since), let end = CivilTime(localDateOf: until)
        else { return seconds / 86_400 }
        let isWhole = start.utcInLocalZone() == since && end.utcInLocalZone() == until
        return isWhole ? Double(last.days(since: first)) : seconds / 86_400
    }

    /// Whether all of it is on one date.
    package var isWithinADay: Bool {
        CivilTime(localDateOf: since)?.adding(days: 1).map { until <= $0.utcInLocalZone() }
            ?? false
    }

    /// `Sunday 2026-11-22`, `2026-11-16 to 2026-11-22`, or both times.
    package var title: String {
        guard let first = CivilTime(localOf: since),
            let last = CivilTime(localOf: until.adding(seconds: -1))
        else { return "\(since.localDescription) to \(until.localDescription)" }
        return switch kind {
        case .day: "\(Self.weekdays[first.daysSinceMonday]) \(first.dateText)"
        case .week: "Week \(first.dateText) to \(last.dateText)"
        case .period: "\(since.localDescription) to \(until.localDescription)"
        }
    }

    package static let weekdays = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]
}
