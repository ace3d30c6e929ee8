import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Listings

@Suite struct CoverageListingTests {
    private let start = UTCTime(microseconds: 1_795_366_800_000_000)

    private func coverage(
        _ hour: Double, lost: Double, gaps: [AudioGap] = []
    ) -> (source: String, coverage: Coverage) {
        let (from, to) = (
            start.adding(seconds: 3_600 * hour), start.adding(seconds: 3_600 * (hour + 1))
        )
        let session = ListeningSession(
            id: 1, source: "mic", started: start, ended: start.adding(seconds: 7_000),
            sampleRate: .hz48000, capturedSamples: 0, lostSamples: 0, model: "m",
            status: .complete, driftPPM: -12.34)
        let next = ListeningSession(
            id: 2, source: "mic", started: start.adding(seconds: 6_000),
            ended: start.adding(seconds: 7_000), sampleRate: .hz48000, capturedSamples: 0,
            lostSamples: 0, model: "m", status: .complete, clockStepSeconds: -2.5)
        let gap = AudioGap(
            source: "mic", start: from, end: from.adding(seconds: lost), lostSamples: 0,
            cause: .disconnected)
        return (
            "mic",
            Coverage(
                from: from, to: to, sessions: [session, next], gaps: gaps + [gap],
                overloadSeconds: 2)
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
        #expect(lines[4] == "mic: the clock was set once by -2.5 s")
        #expect(lines[5] == "mic: its clock goes 12.3 ppm too slow")
        #expect(lines.count == 6)
    }

    /// What was not analysed in full was heard.
    @Test func whatWasLeftOut() {
        let omissions = [(GapCause.unrecognised, 40.0), (.withoutBands, 5)].map { cause, length in
            AudioGap(
                source: "mic", start: start, end: start.adding(seconds: length), lostSamples: 0,
                cause: cause)
        }
        let hour = coverage(0, lost: 0, gaps: omissions)
        let text = EventFormat.table.document([hour])
        #expect(text.contains(" 100.00 "))
        let remark = "mic: the machine did not keep up: unrecognised 40.0 s, without_bands 5.0 s"
        #expect(text.contains("\n\(remark)\n"))
        let fields = ",0.000,40.000,5.000,2.000,0,-12.3"
        #expect(EventFormat.csv.document([hour]).contains(fields))
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
                    + "disconnected_s,stalled_s,damaged_s,unstored_s,unrecognised_s,"
                    + "without_bands_s,overload_s,clock_steps,drift_ppm\r\nmic,"))
        #expect(
            csv.contains(
                ",93.444,3364.000,200.000,0.000,0.000,0.000,36.000,0.000,0.000,0.000,0.000,0.000,"
                    + "2.000,1,-12.3"))
        let json = EventFormat.json.document([coverage(0, lost: 0)])
        #expect(json.contains(#""heard_percent":100.000"#))
    }
}
