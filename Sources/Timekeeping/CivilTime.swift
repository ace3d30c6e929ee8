internal import Glibc
internal import HostSystem

/// A date and a time of day in the Gregorian calendar, without a zone.
package struct CivilTime {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour = 0
    package var minute = 0
    package var second = 0
    package var microsecond = 0

    /// `nil` if there is no such date or time. Years 1970 to 9999; no leap seconds.
    package init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
        microsecond: Int = 0
    ) {
        guard Self.acceptedYears.contains(year), (1...12).contains(month),
            (1...Self.days(ofMonth: month, year: year)).contains(day),
            (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
            (0..<1_000_000).contains(microsecond)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
        self.microsecond = microsecond
    }

    /// The local date of a moment, at midnight; `nil` outside the years 1970 to 9999.
    package init?(localDateOf moment: UTCTime) {
        guard let local = CivilTime(localOf: moment) else { return nil }
        self.init(year: local.year, month: local.month, day: local.day)
    }

    /// The local date and time of a moment, without its fraction of a second; `nil` outside the
    /// years 1970 to 9999.
    package init?(localOf moment: UTCTime) {
        let utc = Self.floorSeconds(moment)
        self.init(secondsAsIfUTC: utc + Self.localOffset(atSecond: utc))
        guard Self.acceptedYears.contains(year) else { return nil }
    }

    /// The date and time of a clock on Greenwich time, in any year.
    init(secondsAsIfUTC seconds: Int) {
        let days = Self.floorDivide(seconds, 86_400)
        let time = seconds - days * 86_400
        (year, month, day) = Self.date(daysSince1970: days)
        (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60)
    }

    private static let acceptedYears = 1970...9999

    /// Days from Monday: 0 to 6.
    package var daysSinceMonday: Int {
        // 1970-01-01 was a Thursday.
        (daysSince1970 + 3) % 7
    }

    /// Seconds since midnight, as the clock shows them.
    package var secondOfDay: Int { hour * 3_600 + minute * 60 + second }

    /// Whole days from another date to this one.
    package func days(since earlier: CivilTime) -> Int {
        daysSince1970 - earlier.daysSince1970
    }

    /// `2026-11-22`
    package var dateText: String {
        "\(padded(year, 4))-\(twoDigits(month))-\(twoDigits(day))"
    }

    /// `18:00`
    package var clockText: String { "\(twoDigits(hour)):\(twoDigits(minute))" }

    /// `18:00:05`
    var timeText: String { "\(clockText):\(twoDigits(second))" }

    /// This time in a zone `offset` seconds east of Greenwich.
    package func utc(offset: Int) -> UTCTime {
        let seconds = secondsAsIfUTC - offset
        return UTCTime(microseconds: Int64(seconds) * 1_000_000 + Int64(microsecond))
    }

    /// This time in the zone of the process.
    ///
    /// A time that exists twice, where the clock was set back, is the first of the two. A time that
    /// does not exist, where the clock was set forward, is later by the length of the gap: 02:30 in
    /// a gap of one hour is 03:30.
    package func utcInLocalZone() -> UTCTime {
        let guess = secondsAsIfUTC
        // Clocks change less than once a day, so these are the offsets before and after.
        let before = Self.localOffset(atSecond: guess - 86_400)
        let after = Self.localOffset(atSecond: guess + 86_400)
        let first = max(before, after)
        let fits = [first, min(before, after)].first { offset in
            Self.localOffset(atSecond: guess - offset) == offset
        }
        return utc(offset: fits ?? before)
    }

    /// This date this many days later, at the same time of day; `nil` outside the accepted years.
    package func adding(days: Int) -> CivilTime? {
        let (year, month, day) = Self.date(daysSince1970: daysSince1970 + days)
        return CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second,
            microsecond: microsecond)
    }
}

extension CivilTime {
    private var secondsAsIfUTC: Int {
        daysSince1970 * 86_400 + secondOfDay
    }

    /// `days_from_civil` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": the
    /// year begins in March, so that the leap day is its last.
    private var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// `civil_from_days` of the same paper.
    private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSince1970 + 719_468
        let era = floorDivide(days, 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Seconds east of Greenwich in the zone of the process at a POSIX time.
    static func localOffset(atSecond second: Int) -> Int {
        var time = time_t(second)
        // SAFETY: both pointers are valid throughout the call, and no pointer in `tm` is followed.
        var fields = unsafe tm()
        unsafe localtime_r(&time, &fields)
        return unsafe fields.tm_gmtoff
    }

    static func floorSeconds(_ moment: UTCTime) -> Int {
        floorDivide(Int(moment.microseconds), 1_000_000)
    }

    private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}
