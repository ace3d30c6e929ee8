import HostSystem
import TestSupport
import Testing
import Timekeeping

/// 2026-11-22T17:00:05.250Z, a Sunday; 18:00:05 in Berlin.
private let now = UTCTime(microseconds: 1_795_366_805_250_000)

private func parse(_ text: String, now: UTCTime = now) throws -> UTCTime {
    try TimeExpression.parse(text, now: now)
}

@Suite struct TimeExpressionTests {
    @Test(arguments: [
        ("30s", 30.0), ("90m", 5_400), ("-90m", 5_400), ("1h", 3_600), ("1h30m", 5_400),
        ("2d", 172_800), ("1w", 604_800), ("1w2d3h4m5s", 788_645), ("0s", 0), ("now", 0),
    ])
    func aDurationCountsBackFromNow(_ text: String, _ seconds: Double) throws {
        #expect(try parse(text) == now.adding(seconds: -seconds))
    }

    /// The right side is from GNU date: `date -u -d 'TZ="Europe/Berlin" …' +%FT%TZ`.
    @Test(arguments: [
        ("today", "2026-11-21T23:00:00Z"),
        ("yesterday", "2026-11-20T23:00:00Z"),
        ("18:00", "2026-11-22T17:00:00Z"),
        ("06:30:15", "2026-11-22T05:30:15Z"),
        ("24:00", "2026-11-22T23:00:00Z"),
        ("2026-11-27 24:00", "2026-11-27T23:00:00Z"),
        ("2026-12-31 24:00:00", "2026-12-31T23:00:00Z"),
        ("2026-03-29 24:00", "2026-03-29T22:00:00Z"),
        ("2026-11-27T24:00:00+02:00", "2026-11-27T22:00:00Z"),
        ("2026-11-22", "2026-11-21T23:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("2026-11-22 18:00", "2026-11-22T17:00:00Z"),
        ("2026-11-22 18:00:05", "2026-11-22T17:00:05Z"),
        ("2026-11-22T18:00:05.5", "2026-11-22T17:00:05.500Z"),
        ("2024-02-29", "2024-02-28T23:00:00Z"),
        ("2026-11-22T18:00:00+01:00", "2026-11-22T17:00:00Z"),
        ("2026-11-22t18:00:00-0330", "2026-11-22T21:30:00Z"),
        ("2026-11-22 17:00:00.250001z", "2026-11-22T17:00:00.250001Z"),
        ("2026-11-22T17:00:00.2500019999Z", "2026-11-22T17:00:00.250001Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ])
    func localTimesAreOfTheZone(_ text: String, _ utc: String) throws {
        try withTimeZone("Europe/Berlin") { () throws in
            #expect(try parse(text) == parse(utc))
        }
    }

    /// POSIX times from GNU date: `date -d '…' +%s`.
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
        ("2026-11-22T17:00:00Z", 1_795_366_800), ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("2100-03-01T00:00:00Z", 4_107_542_400), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ])
    func datesAreCountedRight(_ text: String, _ seconds: Int64) throws {
        #expect(try parse(text).microseconds == seconds * 1_000_000)
    }

    @Test(arguments: [
        "", " ", "-", "h", "1", "1x", "1.5h", "1h 30m", "+1h", "tomorrow", "Today", "1h-30m",
        "99999999999h", "999999999w", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31",
        "2026-1-2", "24:01", "24:00:01", "25:00", "2026-11-22 24:00:00.5", "12:60", "12:00:60",
        "1:00", "12:00x", "2026-11-22 ", "2026-11-22T",
        "2026-11-22 18", "2026-11-22T18:00:00+25:00", "2026-11-22T18:00:00+01:60",
        "2026-11-22T18:00:00.Z", "2026-11-22T18:00:00Zx", "1969-12-31", "12026-01-01", "\u{661}h",
        "1h\0", "2026-11-22T18:00:00+",
    ])
    func whatIsNoTimeIsNamed(_ text: String) throws {
        let error = try #require(throws: TimeExpressionError.self) { try parse(text) }
        #expect(error.text == text)
        #expect(error.exitStatus == .usage)
        #expect(error.description.contains("2026-11-22T18:00:00+01:00"))
    }

    /// A local time that exists twice is the first; one that was skipped is later by the skip. The
    /// right side is from Python's zoneinfo, where that rule is `fold=0` (PEP 495).
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:30:00Z"),
        ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", "2026-10-25 01:59:59", "2026-10-24T23:59:59Z"),
        ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z"),
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:30:00Z"),
        // Half an hour of summer time.
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:45:00Z"),
        // Beirut skips midnight; Samoa skipped a whole day.
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T22:00:00Z"),
        ("Asia/Kolkata", "2026-11-22 18:00", "2026-11-22T12:30:00Z"),
        ("UTC", "2026-11-22 18:00", "2026-11-22T18:00:00Z"),
    ])
    func theChangesOfTheClockAreDecided(_ zone: String, _ text: String, _ utc: String) throws {
        try withTimeZone(zone) { () throws in
            #expect(try parse(text) == parse(utc))
        }
    }

    /// Yesterday is a calendar day, not 24 hours.
    @Test func yesterdayIsADayOfTheCalendar() throws {
        try withTimeZone("Europe/Berlin") { () throws in
            let noon = try parse("2026-10-26 12:00")
            let yesterday = try parse("yesterday", now: noon)
            #expect(yesterday == (try parse("2026-10-25")))
            #expect(try parse("today", now: noon).seconds(since: yesterday) == 25 * 3_600)
        }
    }

    /// What the reports print can be pasted back.
    @Test func printedTimesAreReadBack() throws {
        let seed: UInt64 = 5
        print("times: seed \(seed)")
        var random = SeededRandom(seed: seed)
        for zone in ["Europe/Berlin", "America/St_Johns", "Pacific/Apia"] {
            let times = (0..<500).map { _ in
                let milliseconds = Int64.random(in: 0..<4_000_000_000_000, using: &random)
                return UTCTime(microseconds: milliseconds * 1_000)
            }
            let read = try withTimeZone(zone) { try times.map { try parse($0.rfc3339) } }
            #expect(read == times)
        }
    }

    /// Whatever is typed, the answer is a time or an error, never a crash.
    @Test func randomTextNeverCrashes() {
        let seed = UInt64.random(in: 0...(.max))
        print("random text: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let alphabet = Array("0123456789-+:.TZ tzsmhdw\u{e9}\u{1F514}\0yesterdaynow")
        let starts = ["", "2026-11-22", "2026-11-22T18:00:00", "18:00", "1h", "9999-12-31 23:59"]
        var accepted = 0
        var misquoted: [String] = []
        for _ in 0..<50_000 {
            let length = Int.random(in: 0...8, using: &random)
            let end = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? "0" }
            let text = (starts.randomElement(using: &random) ?? "") + String(end)
            do throws(TimeExpressionError) {
                _ = try TimeExpression.parse(text, now: now)
                accepted += 1
            } catch {
                if error.text != text { misquoted.append(text) }
            }
        }
        #expect(misquoted == [])
        #expect(accepted > 1_000)
    }
}
