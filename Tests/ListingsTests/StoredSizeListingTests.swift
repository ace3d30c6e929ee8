import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Listings

@Suite struct StoredSizeListingTests {
    private let start = UTCTime(microseconds: 1_795_366_800_000_000)

    private func listing(canShrink: Bool, retention: Retention?) -> StoredSizeListing {
        let month = start.adding(seconds: 30 * Retention.day)
        return StoredSizeListing(
            StoredSizes(
                parts: [
                    .init(
                        name: "levels of seconds", kinds: [.seconds], bytes: 228_000_000,
                        first: start, last: month),
                    .init(
                        name: "levels of minutes and hours", kinds: [.minutes, .hours],
                        bytes: 36_000_000, first: start, last: month),
                    .init(name: "events", kinds: [.events], bytes: 4_096),
                ], freeBytes: 8_800_000, canShrink: canShrink), database: "/srv/events.db",
            fileBytes: 273_000_000, logBytes: 4_120_000, diskFreeBytes: 879_991_200,
            retention: retention)
    }

    @Test func aTableAndWhatItMeans() {
        let retention = Retention(seconds: [.seconds: 90 * Retention.day, .minutes: 86_400 * 400])
        let lines = listing(canShrink: true, retention: retention).text
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("WHAT"))
        #expect(lines[1].contains("228.0 MB") && lines[1].contains("7.6 MB"))
        #expect(lines[1].hasSuffix("90 days"))
        #expect(lines[2].hasSuffix("400 days, for ever"))
        #expect(lines[3].contains("4.1 kB       -  -") && lines[3].hasSuffix("for ever"))
        #expect(lines[5] == "/srv/events.db: 273.0 MB, of which 8.8 MB are free for what comes")
        #expect(lines[6] == "its log: 4.1 MB; free on the disk: 880.0 MB")
        #expect(
            lines[7]
                == "at 8.8 MB a day, and if nothing were removed, the disk is full in 100 days")
    }

    @Test func whatIsNotKnown() {
        let text = listing(canShrink: false, retention: nil).text
        #expect(text.contains("it keeps its size"))
        #expect(!text.contains("for ever"))
    }

    @Test func asJSON() {
        let json = listing(canShrink: true, retention: Retention()).json
        #expect(json.contains(#""bytes_per_day":8800000,"parts":[{"name":"levels of seconds""#))
        #expect(json.contains(#""kept_days":90}"#) && json.contains(#""kept_days":null}"#))
    }
}
