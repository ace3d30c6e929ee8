import TestSupport
import Testing

@testable import Timekeeping

/// Days and weeks of the local calendar, where the clock is set and where it is not.
@Suite struct CalendarPeriodTests {
    @Test func aDayHas23Or24Or25Hours() throws {
        for (day, hours) in [("2026-03-29", 23.0), ("2026-10-25", 25), ("2026-11-22", 24)] {
            let period = try withTimeZone("Europe/Berlin") {
                CalendarPeriod(dayOf: try utc("\(day) 12:00"))
            }
            let found = try #require(period)
            #expect(found.seconds == hours * 3_600, "\(day)")
            #expect(found.kind == .day)
        }
    }

    @Test func aWeekIsFromMondayToSunday() throws {
        try withTimeZone("Europe/Berlin") {
            for moment in ["2026-11-16 00:00", "2026-11-22 23:59"] {
                let week = try #require(CalendarPeriod(weekOf: try utc(moment)))
                #expect(try week.since == utc("2026-11-16"))
                #expect(try week.until == utc("2026-11-23"))
                #expect(week.days == 7)
                #expect(week.title == "Week 2026-11-16 to 2026-11-22")
            }
        }
    }

    @Test func aPeriodOfPartsOfDaysHasAFraction() throws {
        try withTimeZone("UTC") {
            let period = CalendarPeriod(
                since: try utc("2026-11-22 06:00"), until: try utc("2026-11-23 18:00"))
            #expect(period.days == 1.5)
            #expect(!period.isWithinADay)
            #expect(
                CalendarPeriod(
                    since: try utc("2026-11-22 06:00"), until: try utc("2026-11-23")
                ).isWithinADay)
        }
    }
}
