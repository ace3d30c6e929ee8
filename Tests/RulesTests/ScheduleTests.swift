import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct ScheduleTests {
    typealias Period = Schedule.Period

    private static let night = Period(from: 22 * 60, until: 6 * 60)
    private static let office = Period(weekdays: [0, 1, 2, 3, 4], from: 8 * 60, until: 17 * 60)

    /// 2026-11-27 is a Friday.
    @Test(arguments: [
        (night, "2026-11-27T21:59:59", false), (night, "2026-11-27T22:00:00", true),
        (night, "2026-11-28T05:59:59", true), (night, "2026-11-28T06:00:00", false),
        (office, "2026-11-27T08:00:00", true), (office, "2026-11-27T17:00:00", false),
        (office, "2026-11-28T12:00:00", false), (Period(), "2026-11-28T00:00:00", true),
        // The night of a Friday lasts into Saturday; that of a Saturday is none of it.
        (Period(weekdays: [4], from: 1_320, until: 360), "2026-11-28T03:00:00", true),
        (Period(weekdays: [4], from: 1_320, until: 360), "2026-11-27T03:00:00", false),
        (Period(weekdays: [4], from: 1_320, until: 360), "2026-11-28T23:00:00", false),
        (Period(firstDate: "2026-11-27", lastDate: "2026-11-28"), "2026-11-28T23:59:59", true),
        (Period(firstDate: "2026-11-27", lastDate: "2026-11-28"), "2026-11-29T00:00:00", false),
        (
            Period(from: 1_320, until: 360, lastDate: "2026-11-27"), "2026-11-28T03:00:00", true
        ),
    ])
    func periods(period: Period, text: String, isTime: Bool) throws {
        let fired = try withTimeZone("Europe/Berlin") {
            try fires(Schedule(periods: [period]), at: text)
        }
        #expect(fired == isTime)
    }

    /// In Berlin clocks go from 02:00 to 03:00 on 2026-03-29, and back from 03:00 on 2026-10-25:
    /// the night is an hour shorter, and an hour longer.
    @Test(arguments: [
        ("2026-03-28T20:59:59Z", false), ("2026-03-28T21:00:00Z", true),
        ("2026-03-29T03:59:59Z", true), ("2026-03-29T04:00:00Z", false),
        ("2026-10-24T19:59:59Z", false), ("2026-10-24T20:00:00Z", true),
        ("2026-10-25T04:59:59Z", true), ("2026-10-25T05:00:00Z", false),
    ])
    func clocksThatChange(text: String, isTime: Bool) throws {
        let fired = try withTimeZone("Europe/Berlin") {
            try fires(Schedule(periods: [Self.night]), at: text)
        }
        #expect(fired == isTime)
    }

    @Test func noPeriodIsNever() throws {
        let fired = try fires(Schedule(periods: []), at: "2026-11-27T12:00:00Z")
        #expect(!fired)
    }

    private func fires(_ schedule: Schedule, at text: String) throws -> Bool {
        let moment = try TimeExpression.parse(text, now: time(0))
        var trial = Trial([rule(schedule: schedule)])
        var heard = event(heard: 1)
        (heard.onset, heard.heardUntil) = (moment, moment)
        return !trial.feed(heard).firings.isEmpty
    }
}
