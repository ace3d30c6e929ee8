import TestSupport
import Testing

@testable import Timekeeping

@Suite struct ClockDriftTests {
    /// What is told of `seconds` of a device that is `ppm` too fast, whose times are late by up to
    /// `jitter` seconds.
    private func drifts(
        ppm: Double, seconds: Int, rate: SampleRate = .hz48000, jitter: Double = 0,
        gapAt: Int? = nil
    ) -> [Double] {
        var drift = ClockDrift(sampleRate: rate)
        var chance = SeededRandom(seed: 7)
        return (0...seconds).compactMap { second in
            // Another beginning of the line: after a gap its place is only estimated.
            let shift: Int64 = second >= gapAt ?? .max ? 1_000 : 0
            if second == gapAt { drift.reset() }
            let position = Int64(second * rate.hertz)
            let elapsed = Double(second) / (1 + ppm / 1e6)
            let late = jitter > 0 ? Double.random(in: 0...jitter, using: &chance) : 0
            return drift.observe(
                position: position + shift,
                nanoseconds: 5_000_000_000 + Int64((elapsed + late) * 1e9))
        }
    }

    @Test(arguments: [-300.0, -12.5, 0, 0.4, 100])
    func aDriftIsFoundAtTheEndOfEachWindow(ppm: Double) throws {
        let found = drifts(ppm: ppm, seconds: 1_805)
        #expect(found.count == 3)
        for drift in found { #expect(abs(drift - ppm) < 0.01, "\(drift)") }
    }

    /// Times that are 5 ms late at most move the result by less than 3 ppm.
    @Test func lateTimesChangeLittle() throws {
        let rate = try #require(SampleRate(hertz: 44_100))
        let found = drifts(ppm: 40, seconds: 620, rate: rate, jitter: 0.005)
        let drift = try #require(found.first)
        #expect(abs(drift - 40) < 3, "\(drift)")
    }

    @Test func aGapBeginsAnotherWindow() throws {
        let found = drifts(ppm: 20, seconds: 1_100, gapAt: 500)
        let drift = try #require(found.first)
        #expect(found.count == 1 && abs(drift - 20) < 0.01, "\(found)")
        #expect(drifts(ppm: 20, seconds: 1_098, gapAt: 500).isEmpty)
    }
}
