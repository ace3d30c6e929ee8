import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Listings

@Suite struct CoverageTests {
    private let start = UTCTime(microseconds: 1_795_366_800_000_000)

    private func time(_ seconds: Double) -> UTCTime { start.adding(seconds: seconds) }

    private func session(_ from: Double, _ to: Double) -> ListeningSession {
        ListeningSession(
            id: 1, source: "mic", started: time(from), ended: time(to), sampleRate: .hz48000,
            capturedSamples: 0, lostSamples: 0, model: "m", status: .complete)
    }

    private func gap(_ from: Double, _ to: Double, _ cause: GapCause) -> AudioGap {
        AudioGap(
            source: "mic", start: time(from), end: time(to), lostSamples: 0, cause: cause)
    }

    private func coverage(
        _ sessions: [ListeningSession], _ gaps: [AudioGap] = []
    ) -> Coverage {
        Coverage(
            from: time(0), to: time(100), sessions: sessions, gaps: gaps, overloadSeconds: 3)
    }

    @Test func whatAddsUp() {
        let found = coverage(
            [session(-50, 20), session(30, 90), session(85, 95), session(200, 300)],
            [gap(-10, 5, .stalled), gap(40, 45, .overrun), gap(50, 51, .stalled)])
        #expect(found.listenedSeconds == 85 && found.offSeconds == 15)
        #expect(found.missingSeconds == [.stalled: 6, .overrun: 5])
        #expect(found.heardSeconds == 74 && found.share == 0.74)
    }

    /// A moment that is missing twice counts for the gap that began first; one in which nobody
    /// listened counts as that.
    @Test func everyMomentCountsOnce() {
        let found = coverage(
            [session(0, 60)],
            [gap(20, 40, .unstored), gap(10, 30, .overflow), gap(50, 80, .disconnected)])
        #expect(found.missingSeconds == [.overflow: 20, .unstored: 10, .disconnected: 10])
        #expect(found.heardSeconds == 20 && found.offSeconds == 40)
    }

    @Test func nothing() {
        let found = coverage([])
        #expect(found.offSeconds == 100 && found.heardSeconds == 0 && found.missingSeconds == [:])
        let none = Coverage(
            from: time(0), to: time(0), sessions: [], gaps: [], overloadSeconds: 0)
        #expect(none.share == 0)
    }

    /// Random sessions and gaps against a count of single seconds.
    @Test func asCountedSecondBySecond() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            func stretch() -> (Double, Double) {
                let from = Int.random(in: -20..<110, using: &random)
                return (Double(from), Double(from + Int.random(in: 0...40, using: &random)))
            }
            let sessions = (0..<3).map { _ in stretch() }.map { session($0.0, $0.1) }
            let gaps = (0..<4).map { number in
                let (from, to) = stretch()
                return gap(from, to, number % 2 == 0 ? .overrun : .stalled)
            }
            let found = coverage(sessions, gaps)
            var (heard, off) = (0, 0)
            for second in 0..<100 {
                let middle = time(Double(second) + 0.5)
                let isOn = sessions.contains { $0.started < middle && middle < $0.ended }
                let isMissing = gaps.contains { $0.start < middle && middle < $0.end }
                off += isOn ? 0 : 1
                heard += isOn && !isMissing ? 1 : 0
            }
            #expect(abs(found.heardSeconds - Double(heard)) < 1e-6, "seed \(seed)")
            #expect(abs(found.offSeconds - Double(off)) < 1e-6, "seed \(seed)")
        }
    }
}
