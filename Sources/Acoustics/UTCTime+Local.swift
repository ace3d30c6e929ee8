internal import Glibc

extension UTCTime {
    /// Local time with its offset, as of RFC 3339 with milliseconds:
    /// `2026-11-22T18:00:00.250+01:00`. The zone is that of the process (`TZ`).
    public var rfc3339: String {
        let time = LocalTime(self)
        let sign = time.offsetMinutes < 0 ? "-" : "+"
        let offset = abs(time.offsetMinutes)
        return time.date + "T" + time.timeOfDay + "." + padded(time.millisecond, 3)
            + sign + padded(offset / 60, 2) + ":" + padded(offset % 60, 2)
    }

    /// Local time for people: `2026-11-22 18:00:00`.
    public var localDescription: String {
        let time = LocalTime(self)
        return time.date + " " + time.timeOfDay
    }
}

/// The calendar fields of a moment in the zone of the process.
private struct LocalTime {
    let date: String
    let timeOfDay: String
    let millisecond: Int
    let offsetMinutes: Int

    init(_ moment: UTCTime) {
        let second = Int((Double(moment.microseconds) / 1e6).rounded(.down))
        var time = time_t(second)
        // SAFETY: both pointers live through the call, and no pointer in `tm` is followed.
        var fields = unsafe tm()
        unsafe localtime_r(&time, &fields)
        let year = unsafe Int(fields.tm_year) + 1900
        let month = unsafe Int(fields.tm_mon) + 1
        let day = unsafe Int(fields.tm_mday)
        let clock = unsafe [fields.tm_hour, fields.tm_min, fields.tm_sec]
        date = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
        timeOfDay = clock.map { padded(Int($0), 2) }.joined(separator: ":")
        millisecond = Int(moment.microseconds - Int64(second) * 1_000_000) / 1_000
        offsetMinutes = unsafe fields.tm_gmtoff / 60
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
