public import HostSystem

/// A point in time as people write it on a command line.
///
/// - `now`, `today` and `yesterday` (the midnight at which the day began)
/// - a time before now: `30s`, `90m`, `1h`, `2d`, `1w`, `1h30m`; a leading `-` changes nothing.
///   A day is 24 hours, a week 7 days.
/// - a local time: `2026-11-22`, `2026-11-22 18:00`, `2026-11-22 18:00:05`, `18:00` (today);
///   `24:00` is the end of the day
/// - RFC 3339: `2026-11-22T18:00:00+01:00`, `2026-11-22T17:00:00.250Z`
///
/// Local times are in the zone of the process (`TZ`). One that exists twice is the first of the
/// two; one that the clock skipped is later by as much as the clock was set forward. Years 1970 to
/// 9999. Fractions count to microseconds.
public enum TimeExpression {
    public static func parse(
        _ text: String, now: UTCTime
    ) throws(TimeExpressionError) -> UTCTime {
        let characters = Array(text.utf8)
        let time =
            word(text, now: now) ?? duration(characters).map { now.adding(seconds: -Double($0)) }
            ?? timeOfDay(characters, now: now) ?? dateAndTime(characters)
        guard let time else { throw TimeExpressionError(text: text) }
        return time
    }
}

/// A text that is not a time expression.
public struct TimeExpressionError: Error, Equatable, ExitStatusProviding {
    public let text: String

    public var exitStatus: ExitStatus { .usage }

    public var description: String {
        "\"\(text)\" is not a time; write 30s, 90m, 1h30m, 2d, 1w (before now), now, today, "
            + "yesterday, 18:00, 2026-11-22, \"2026-11-22 18:00\" or 2026-11-22T18:00:00+01:00"
    }
}

extension TimeExpression {
    /// Longer durations are refused, in seconds: about 300 years.
    private static let longestDuration = 10_000_000_000

    private static func word(_ text: String, now: UTCTime) -> UTCTime? {
        let today = CivilTime(localDateOf: now)
        return switch text {
        case "now": now
        case "today": today?.utcInLocalZone()
        case "yesterday": today?.adding(days: -1)?.utcInLocalZone()
        default: nil
        }
    }

    /// Seconds of `1h30m` and its like.
    private static func duration(_ characters: [UInt8]) -> Int? {
        var scanner = Scanner(characters)
        _ = scanner.take("-")
        var total = 0
        repeat {
            guard let count = scanner.number(upTo: 9), let unit = scanner.unit() else {
                return nil
            }
            total += count * unit
            guard total <= longestDuration else { return nil }
        } while !scanner.isAtEnd
        return total
    }

    /// `18:00` or `18:00:05` of today.
    private static func timeOfDay(_ characters: [UInt8], now: UTCTime) -> UTCTime? {
        var scanner = Scanner(characters)
        guard let today = CivilTime(localDateOf: now), let clock = scanner.clock(),
            scanner.isAtEnd
        else { return nil }
        return civil(today, clock)?.utcInLocalZone()
    }

    /// A date, perhaps with a time, perhaps with a zone.
    private static func dateAndTime(_ characters: [UInt8]) -> UTCTime? {
        var scanner = Scanner(characters)
        guard let date = scanner.date() else { return nil }
        if scanner.isAtEnd { return date.utcInLocalZone() }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let clock = scanner.clock(), let time = civil(date, clock)
        else { return nil }
        if scanner.isAtEnd { return time.utcInLocalZone() }
        guard let offset = scanner.zone(), scanner.isAtEnd else { return nil }
        return time.utc(offset: offset)
    }

    /// 24:00 is the midnight at which the day ends (ISO 8601-1:2019, Amendment 1).
    private static func civil(_ date: CivilTime, _ clock: Scanner.Clock) -> CivilTime? {
        guard clock != .endOfDay else { return date.adding(days: 1) }
        return CivilTime(
            year: date.year, month: date.month, day: date.day, hour: clock.hour,
            minute: clock.minute, second: clock.second, microsecond: clock.microsecond)
    }
}

/// Reads the parts of a time expression from left to right.
private struct Scanner {
    struct Clock: Equatable {
        static let endOfDay = Clock(hour: 24, minute: 0)

        var hour: Int
        var minute: Int
        var second = 0
        var microsecond = 0
    }

    private var rest: ArraySlice<UInt8>

    init(_ characters: [UInt8]) {
        rest = characters[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// One to `count` digits.
    mutating func number(upTo count: Int) -> Int? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.count <= count else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Exactly `count` digits; whatever follows must not be a digit.
    mutating func digits(_ count: Int) -> Int? {
        let start = rest.count
        guard let value = number(upTo: count), start - rest.count == count else { return nil }
        return value
    }

    /// The seconds of a unit of time.
    mutating func unit() -> Int? {
        let units: [(Unicode.Scalar, Int)] = [
            ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800),
        ]
        for (name, seconds) in units where take(name) { return seconds }
        return nil
    }

    /// `2026-11-22`
    mutating func date() -> CivilTime? {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"),
            let day = digits(2)
        else { return nil }
        return CivilTime(year: year, month: month, day: day)
    }

    /// `18:00`, `18:00:05` or `18:00:05.25`
    mutating func clock() -> Clock? {
        guard let hour = digits(2), take(":"), let minute = digits(2) else { return nil }
        var clock = Clock(hour: hour, minute: minute)
        guard take(":") else { return clock }
        guard let second = digits(2) else { return nil }
        clock.second = second
        guard take(".") else { return clock }
        guard let microsecond = fraction() else { return nil }
        clock.microsecond = microsecond
        return clock
    }

    /// Microseconds from the digits after the point; further digits are cut off.
    private mutating func fraction() -> Int? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        let six = (digits + [UInt8](repeating: UInt8(ascii: "0"), count: 6)).prefix(6)
        return six.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Seconds east of Greenwich of `Z`, `+01:00` or `-0330`.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") {
            sign = 1
        } else if take("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = zoneNumber(), (0..<24).contains(hours) else { return nil }
        _ = take(":")
        guard let minutes = zoneNumber(), (0..<60).contains(minutes) else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }

    /// Two digits, whatever follows.
    private mutating func zoneNumber() -> Int? {
        let rest = rest
        var two = Scanner(Array(rest.prefix(2)))
        guard let value = two.digits(2) else { return nil }
        self.rest = rest.dropFirst(2)
        return value
    }
}
