public import HostSystem
internal import LevelTypes

/// The parts into which a day is divided by the local clock (Directive 2002/49/EC, Annex I, 1).
enum DayPart: String, CaseIterable, Sendable {
    case day
    case evening
    case night

    /// The symbol of the level: `Lday`.
    var symbol: String { "L" + rawValue }

    /// What is added to the level in Lden, in dB.
    var penalty: Double {
        switch self {
        case .day: 0
        case .evening: 5
        case .night: 10
        }
    }
}

/// At which hours of the local clock day, evening and night begin.
public struct DayLimits: Sendable, Hashable {
    let day: Int
    let evening: Int
    let night: Int

    /// 07-19, 19-23 and 23-07: the default where a member state sets nothing else.
    public static let usual = DayLimits(day: 7, evening: 19, night: 23)

    private init(day: Int, evening: Int, night: Int) {
        (self.day, self.evening, self.night) = (day, evening, night)
    }

    /// Reads `7,19,23`: three hours in rising order, 0 to 24. A night that begins at 0 begins at
    /// the end of the day, 24.
    public init(parsing text: String) throws(DayLimitsError) {
        let hours = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard hours.count == 3, let day = hours[0], let evening = hours[1], let last = hours[2]
        else { throw DayLimitsError(text: text) }
        let night = last == 0 ? 24 : last
        guard 0 <= day, day < evening, evening < night, night <= 24
        else { throw DayLimitsError(text: text) }
        self.init(day: day, evening: evening, night: night)
    }

    func part(ofHour hour: Int) -> DayPart {
        if (day..<evening).contains(hour) { return .day }
        return (evening..<night).contains(hour) ? .evening : .night
    }

    /// How many hours of a 24-hour day belong to a part.
    func hours(of part: DayPart) -> Int {
        switch part {
        case .day: evening - day
        case .evening: night - evening
        case .night: 24 - night + day
        }
    }

    /// `07-19`
    func text(of part: DayPart) -> String {
        switch part {
        case .day: "\(twoDigits(day))-\(twoDigits(evening))"
        case .evening: "\(twoDigits(evening))-\(twoDigits(night))"
        case .night: "\(twoDigits(night % 24))-\(twoDigits(day))"
        }
    }

    /// The day-evening-night level (Directive 2002/49/EC, Annex I, 1):
    /// Lden = 10 lg((12 · 10^(Lday/10) + 4 · 10^((Levening+5)/10) + 8 · 10^((Lnight+10)/10)) / 24),
    /// with the hours of the parts in place of 12, 4 and 8. `nil` if one of the levels is unknown.
    func lden(_ level: (DayPart) -> Double?) -> Double? {
        var sum = 0.0
        for part in DayPart.allCases {
            guard let level = level(part) else { return nil }
            sum += Double(hours(of: part)) * Decibels.power(level: level + part.penalty)
        }
        return Decibels.level(power: sum / 24)
    }
}

/// A text that does not name three hours.
public struct DayLimitsError: Error, Equatable, ExitStatusProviding {
    public let text: String

    public var exitStatus: ExitStatus { .usage }

    public var description: String {
        "\"\(text)\" are not the hours at which day, evening and night begin; write three hours "
            + "from 0 to 24 in rising order, like 7,19,23, or 7,19,24"
    }
}
