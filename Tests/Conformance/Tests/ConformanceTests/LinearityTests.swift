import Foundation
import LevelTypes
import Measurements
import SoundLevels
import Testing

/// IEC 61672-1:2013, 5.6: steps of 5 dB over more than 60 dB.
@Suite struct LinearityTests {
    @Test(arguments: [31.5, 1_000, 8_000]) func floatingPointSamples(hertz: Double) throws {
        let reference = try Measurement.steady(hertz: hertz, rate: 48_000, amplitude: 0.9)
        for step in 1...24 {
            let gain = Double(step) * -5
            let levels = try Measurement.steady(
                hertz: hertz, rate: 48_000, amplitude: 0.9 * pow(10, gain / 20))
            #expect(abs(levels.a - reference.a - gain) < 0.0005)
            #expect(abs(levels.c - reference.c - gain) < 0.0005)
            #expect(abs(levels.z - reference.z - gain) < 0.0005)
        }
    }

    /// 16-bit samples carry 60 dB of linear range below full scale, 24-bit ones 105 dB; the
    /// deviation comes from rounding the samples.
    @Test(arguments: [(16, 60.0, 0.05), (24, 105.0, 0.05)])
    func integerSamples(bits: Int, range: Double, accepted: Double) throws {
        for step in 0...Int(range / 5) {
            let amplitude = 0.9 * pow(10, Double(step) * -5 / 20)
            // Not a divisor of the rate, so that the rounding errors are as good as random.
            let tone = Stimulus.sine(
                hertz: 997, rate: 48_000, seconds: 3, amplitude: amplitude)
            var instrument = try Instrument(rate: 48_000)
            let samples = Stimulus.quantised(tone, bits: bits)
            instrument.feed(Array(samples[..<96_000]))
            _ = try instrument.read()
            instrument.feed(Array(samples[96_000...]))
            let level = try instrument.read().summary.laeq ?? .nan
            let expected = 20 * log10(amplitude) - 3.0103 + Standard.goal(.a, 997)
            #expect(abs(level - expected) < accepted, "\(bits) bits, \(step * -5) dB")
        }
    }
}
