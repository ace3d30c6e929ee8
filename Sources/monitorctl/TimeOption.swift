internal import ArgumentParser
internal import Timekeeping

/// Options that are times.
enum TimeOption {
    /// The time of an option; the error says which option it is.
    static func parse(_ option: String, _ text: String, now: UTCTime) throws -> UTCTime {
        do {
            return try TimeExpression.parse(text, now: now)
        } catch {
            throw ValidationError("\(option): \(error)")
        }
    }

    /// What `--since` and `--until` say, each of which may be open.
    ///
    /// - Parameter usualSeconds: how far to look back without `--since`; `nil`: as far as there is
    static func bounds(
        since: String?, until: String?, now: UTCTime, usualSeconds: Double?
    ) throws -> (since: UTCTime?, until: UTCTime?) {
        let until = try until.map { try parse("--until", $0, now: now) }
        let since = try since.map { try parse("--since", $0, now: now) }
        if let since, let until, since > until {
            throw ValidationError(
                "--since (\(since.localDescription)) is later than "
                    + "--until (\(until.localDescription))")
        }
        return (since ?? usualSeconds.map { (until ?? now).adding(seconds: -$0) }, until)
    }

    /// A period of positive length, from the times of `--since` and `--until`.
    static func period(
        since: String?, until: String?, now: UTCTime, usualSeconds: Double
    ) throws -> CalendarPeriod {
        let until = try until.map { try parse("--until", $0, now: now) } ?? now
        let since =
            try since.map { try parse("--since", $0, now: now) }
            ?? until.adding(seconds: -usualSeconds)
        let period = CalendarPeriod(since: since, until: until)
        guard period.since < period.until else {
            throw ValidationError(
                "--since (\(since.localDescription)) is not earlier than "
                    + "--until (\(until.localDescription))")
        }
        return period
    }
}
