import TestSupport
import Testing

@testable import Timekeeping

@Suite struct LevelStepTests {
    private func boundaries(
        _ step: CalendarStep, _ since: String, _ until: String, zone: String = "Europe/Berlin"
    ) throws -> [String] {
        try withTimeZone(zone) { () throws in
            try step.boundaries(since: utc(since), until: utc(until)).map(\.rfc3339)
        }
    }

    /// The lengths of the pieces, in seconds.
    private func lengths(
        _ step: CalendarStep, _ since: String, _ until: String, zone: String = "Europe/Berlin"
    ) throws -> [Double] {
        try withTimeZone(zone) { () throws in
            let times = try step.boundaries(since: utc(since), until: utc(until))
            return zip(times, times.dropFirst()).map { $1.seconds(since: $0) }
        }
    }

    /// Read in parts, a period has the same pieces.
    @Test(arguments: CalendarStep.allCases, [1, 2, 59, 1_000])
    func partsOfAPeriodMakeItWhole(_ step: CalendarStep, _ limit: Int) throws {
        try withTimeZone("Europe/Berlin") { () throws in
            let since = try utc("2026-10-25 01:10:30")
            let until = since.adding(seconds: step == .day ? 1_000_000 : 50 * Double(step.seconds))
            let whole = step.boundaries(since: since, until: until)
            var parts = [since]
            while parts[parts.count - 1] < until {
                let part = step.boundaries(
                    since: parts[parts.count - 1], until: until, limit: limit)
                #expect(part.count - 1 <= limit && part.first == parts.last)
                parts += part.dropFirst()
            }
            #expect(parts == whole)
        }
    }

    @Test func piecesBeginAtMultiplesOfTheStep() throws {
        #expect(
            try boundaries(.quarter, "2026-11-22 10:20:30", "2026-11-22 11:01") == [
                "2026-11-22T10:20:30.000+01:00", "2026-11-22T10:30:00.000+01:00",
                "2026-11-22T10:45:00.000+01:00", "2026-11-22T11:00:00.000+01:00",
                "2026-11-22T11:01:00.000+01:00",
            ])
        #expect(try boundaries(.second, "2026-11-22 10:20:30.25", "2026-11-22 10:20:32").count == 3)
        #expect(try boundaries(.hour, "2026-11-22 10:00", "2026-11-22 10:00") == [])
        #expect(
            try boundaries(.hour, "2026-11-22 10:00", "2026-11-22 11:30", zone: "Asia/Kolkata") == [
                "2026-11-22T10:00:00.000+05:30", "2026-11-22T11:00:00.000+05:30",
                "2026-11-22T11:30:00.000+05:30",
            ])
    }

    /// The lengths of days, from Python's zoneinfo.
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-28", "2026-03-31", [24.0, 23, 24]),
        ("Europe/Berlin", "2026-10-24", "2026-10-27", [24, 25, 24]),
        ("America/New_York", "2026-11-01", "2026-11-02", [25]),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-06", [24.5]),
        // Midnight is skipped; a date is skipped.
        ("Asia/Beirut", "2026-03-28", "2026-03-30", [24, 23]),
        ("Pacific/Apia", "2011-12-29", "2012-01-01", [24, 24]),
    ])
    func daysAreThoseOfTheCalendar(
        _ zone: String, _ since: String, _ until: String, _ hours: [Double]
    ) throws {
        #expect(try lengths(.day, since, until, zone: zone).map { $0 / 3_600 } == hours)
    }

    @Test func hoursOfTheChangeAreAllThere() throws {
        let spring = try boundaries(.hour, "2026-03-29", "2026-03-30")
        #expect(spring.count == 24)
        #expect(spring[2] == "2026-03-29T03:00:00.000+02:00")
        let autumn = try boundaries(.hour, "2026-10-25", "2026-10-26")
        #expect(autumn.count == 26)
        #expect(
            autumn[2...3] == ["2026-10-25T02:00:00.000+02:00", "2026-10-25T02:00:00.000+01:00"])
        for day in ["2026-03-29", "2026-10-25"] {
            let end = try withTimeZone("Europe/Berlin") { () throws in
                try utc(day).adding(seconds: 90_000).rfc3339
            }
            #expect(try lengths(.hour, day, end).allSatisfy { $0 == 3_600 })
            #expect(try lengths(.minute, day, end).allSatisfy { $0 == 60 })
        }
        // The clock goes back half an hour at 02:00: the hour of 01 lasts until it is 02:00 again.
        #expect(
            try lengths(.hour, "2026-04-05", "2026-04-05 04:00", zone: "Australia/Lord_Howe")
                == [3_600, 3_600, 1_800, 3_600, 3_600])
    }

    @Test(arguments: [
        (1.0, CalendarStep.second), (60, .second), (61, .minute), (3_600, .minute),
        (3_601, .quarter),
        (54_000, .quarter), (86_400, .hour), (216_000, .hour), (216_001, .day), (1e9, .day),
    ])
    func theUsualStepGivesAtMostSixtyLines(_ seconds: Double, _ step: CalendarStep) {
        #expect(CalendarStep.usual(forSeconds: seconds) == step)
    }

    /// Any period in any zone is covered without holes, in ascending order.
    @Test func boundariesRise() throws {
        let seed = UInt64.random(in: 0...(.max))
        print("boundaries: seed \(seed)")
        var random = SeededRandom(seed: seed)
        for zone in ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"] {
            withTimeZone(zone) {
                for step in [CalendarStep.minute, .quarter, .hour, .day] {
                    let start = UTCTime(
                        microseconds: .random(in: 0..<4_000_000_000_000_000, using: &random))
                    let length = Double.random(in: 1...200_000, using: &random)
                    let end = start.adding(seconds: length)
                    let times = step.boundaries(since: start, until: end)
                    #expect(times.first == start && times.last == end)
                    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
                }
            }
        }
    }
}
