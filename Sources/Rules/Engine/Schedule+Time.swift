internal import Timekeeping

extension Schedule {
    /// Whether it is time, on the local clock.
    func contains(_ time: UTCTime) -> Bool {
        guard let now = CivilTime(localOf: time), let today = CivilTime(localDateOf: time) else {
            return false
        }
        return periods.contains { $0.contains(now, on: today) }
    }
}

extension Schedule.Period {
    /// Whether it runs past midnight.
    private var isOvernight: Bool { until <= from }

    fileprivate func contains(_ now: CivilTime, on today: CivilTime) -> Bool {
        let minute = now.secondOfDay / 60
        if isOvernight {
            let yesterday = today.adding(days: -1)
            return minute >= from && begins(on: today)
                || minute < until && yesterday.map(begins) ?? false
        }
        return minute >= from && minute < until && begins(on: today)
    }

    private func begins(on date: CivilTime) -> Bool {
        (weekdays.isEmpty || weekdays.contains(date.daysSinceMonday))
            && (firstDate.map { $0 <= date.dateText } ?? true)
            && (lastDate.map { date.dateText <= $0 } ?? true)
    }
}
