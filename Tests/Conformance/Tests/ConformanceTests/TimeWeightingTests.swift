import Foundation
import LevelTypes
import Measurements
import SoundLevels
import Testing

/// IEC 61672-1:2013, 5.8 and 5.9.
@Suite struct TimeWeightingTests {
    @Test(arguments: LevelMeter.sampleRates) func tonebursts(rate: Int) throws {
        for row in Standard.tonebursts {
            let shown = try Measurement.toneburst(milliseconds: row.milliseconds, rate: rate)
            let fast = shown.fast - row.maximum(timeConstant: 0.125)
            let slow = shown.slow - row.maximum(timeConstant: 1)
            let exposure = shown.exposure - row.exposure
            #expect(row.fastLimits.contains(fast), "F, \(row.milliseconds) ms: \(fast)")
            #expect(row.fastLimits.contains(exposure), "LAE, \(row.milliseconds) ms: \(exposure)")
            if let limits = row.slowLimits {
                #expect(limits.contains(slow), "S, \(row.milliseconds) ms: \(slow)")
            }
            // What is left for short bursts is the A weighting, which rings on after them.
            let accepted = row.milliseconds >= 20 ? 0.01 : 0.2
            #expect(max(abs(fast), abs(slow), abs(exposure)) < accepted, "\(row.milliseconds) ms")
        }
    }

    /// 5.8.2: at least 31 dB/s (F), and 3.6 to 5.1 dB/s (S).
    @Test(arguments: LevelMeter.sampleRates) func decay(rate: Int) throws {
        let decay = try Measurement.decay(rate: rate)
        #expect(abs(decay.fast - 10 / log(10) / 0.125) < 0.005)
        #expect(abs(decay.slow - 10 / log(10)) < 0.005)
    }

    /// 5.8.3: a steady tone of 1 kHz reads the same with F, S and as Leq.
    @Test func aSteadyToneReadsTheSameWithEveryTimeWeighting() throws {
        var instrument = try Instrument(rate: 48_000)
        instrument.feed(Stimulus.sine(hertz: 1_000, rate: 48_000, seconds: 12))
        _ = try instrument.read()
        instrument.feed(Stimulus.sine(hertz: 1_000, rate: 48_000, seconds: 1))
        let summary = try instrument.read().summary
        let levels = [
            summary.lafMaximum, summary.lafMinimum, summary.lasMaximum, summary.lasMinimum,
        ].map { $0 ?? .nan }
        for level in levels { #expect(abs(level - (summary.laeq ?? 0)) < 0.01) }
    }

    /// LAE = LAeq + 10 lg(T / 1 s), 3.12.
    @Test func theExposureLevelOfAnIntervalFollowsFromItsLength() throws {
        var instrument = try Instrument(rate: 44_100)
        instrument.feed(Stimulus.sine(hertz: 500, rate: 44_100, seconds: 2.5))
        let summary = try instrument.read().summary
        let difference = (summary.lae ?? 0) - (summary.laeq ?? 0)
        #expect(abs(difference - 10 * log10(2.5)) < 1e-9)
    }
}
