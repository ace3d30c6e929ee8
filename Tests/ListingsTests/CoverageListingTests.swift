import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Listings

@Suite struct CoverageListingTests {
    private let start = UTCTime(microseconds: 1_795_366_800_000_000)

    private func coverage(_ hour: Double, lost: Double) -> (source: String, coverage: Coverage) {
        let (from, to) = (
            start.adding(seconds: 3_600 * hour), start.adding(seconds: 3_600 * (hour + 1))
        )
        let session = ListeningSession(
            id: 1, source: "mic", started: start, ended: start.adding(seconds: 7_000),
            sampleRate: .hz48000, capturedSamples: 0, lostSamples: 0, model: "m",
            status: .complete)
        let gap = AudioGap(
            source: "mic", start: from, end: from.adding(seconds: lost), lostSamples: 0,
            cause: .disconnected)
        return (
            "mic",
            Coverage(from: from, to: to, sessions: [session], gaps: [gap], overloadSeconds: 2)
        )
    }

    @Test func aTableForPeople() {
        let text = EventFormat.table.document([coverage(0, lost: 0), coverage(1, lost: 36)])
        let lines = text.split(separator: "\n")
        #expect(lines[0].hasPrefix("START"))
        #expect(lines[1].contains(" 100.00  ") && lines[1].contains("  1 h 00 m  "))
        #expect(lines[1].hasSuffix(" -"))
        #expect(lines[2].contains("93.44"))
        #expect(lines[2].contains("3 m 20 s") && lines[2].hasSuffix("disconnected 36.0 s"))
        #expect(lines[3] == "mic: 96.72 % heard")
    }

    /// A second in a year is not nothing.
    @Test func nearlyAllIsNotAll() {
        let text = EventFormat.table.document([coverage(0, lost: 0.01)])
        #expect(text.contains(" 99.99 "))
        #expect(!text.contains("100.00"))
    }

    @Test func fieldsForPrograms() {
        let csv = EventFormat.csv.document([coverage(1, lost: 36)])
        #expect(
            csv.hasPrefix(
                "source,start,end,heard_percent,heard_s,off_s,overflow_s,overrun_s,suspended_s,"
                    + "disconnected_s,stalled_s,damaged_s,unstored_s,overload_s\r\nmic,"))
        #expect(
            csv.contains(
                ",93.444,3364.000,200.000,0.000,0.000,0.000,36.000,0.000,0.000,0.000,2.000"))
        let json = EventFormat.json.document([coverage(0, lost: 0)])
        #expect(json.contains(#""heard_percent":100.000"#))
    }
}
