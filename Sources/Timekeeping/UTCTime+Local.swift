internal import HostSystem

extension UTCTime {
    /// Local time with its offset, as in RFC 3339, with milliseconds:
    /// `2026-11-22T18:00:00.250+01:00`. The zone is that of the process (`TZ`).
    public var rfc3339: String {
        let local = LocalSecond(self)
        let offset = abs(local.offsetMinutes)
        return local.time.dateText + "T" + local.time.timeText + "." + padded(local.millisecond, 3)
            + (local.offsetMinutes < 0 ? "-" : "+") + twoDigits(offset / 60) + ":"
            + twoDigits(offset % 60)
    }

    /// Local time for people: `2026-11-22 18:00:00`.
    public var localDescription: String {
        let local = LocalSecond(self)
        return local.time.dateText + " " + local.time.timeText
    }
}

/// A moment as the local clock shows it, in any year.
private struct LocalSecond {
    let time: CivilTime
    let millisecond: Int
    let offsetMinutes: Int

    init(_ moment: UTCTime) {
        let second = CivilTime.floorSeconds(moment)
        let offset = CivilTime.localOffset(atSecond: second)
        time = CivilTime(secondsAsIfUTC: second + offset)
        millisecond = Int(moment.microseconds % 1_000_000 + 1_000_000) % 1_000_000 / 1_000
        offsetMinutes = offset / 60
    }
}
