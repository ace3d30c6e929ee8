import Foundation
import LevelTypes
import Measurements
import SoundLevels
import Testing

/// ISO 1996-1:2016, 3.1.3: signals whose levels have a known distribution.
@Suite struct PercentileTests {
    private static let percentages = [1.0, 5, 10, 50, 90, 95, 99]

    /// A tone that rises by 0.5 dB per second from -70 to -10 dB: every level lasts equally long.
    /// LAF lags behind by 0.5 dB/s · 0.125 s.
    @Test func aSteadyRiseHasAnEvenDistribution() throws {
        let rate = 16_000
        var instrument = try Instrument(rate: rate)
        for second in 0..<120 {
            let tone = (0..<rate).map { index in
                let time = Double(second) + Double(index) / Double(rate)
                let amplitude = pow(10, (-70 + 0.5 * time) / 20) * 2.0.squareRoot()
                return Float(amplitude * sin(2 * .pi * 1_000 * time))
            }
            instrument.feed(tone)
        }
        let histogram = try instrument.read().histogram
        #expect(histogram.count == 120 * 100 - 62)
        for percent in Self.percentages {
            // The first 0.62 s are not counted, because F had not settled.
            let lowest = -70 + 0.5 * 0.62
            let expected = -10 - percent / 100 * (-10 - lowest) - 0.5 * 0.125
            let level = try #require(histogram.exceeded(percent: percent))
            #expect(abs(level - expected) < 0.05, "L\(percent)")
        }
    }

    /// A fifth of the time 20 dB louder: L10 is the loud level, L50 and L90 are the soft one.
    @Test func twoLevelsAreToldApartByTheirShareOfTheTime() throws {
        let rate = 16_000
        var instrument = try Instrument(rate: rate)
        for _ in 0..<6 {
            instrument.feed(Stimulus.sine(hertz: 1_000, rate: rate, seconds: 8, amplitude: 0.05))
            instrument.feed(Stimulus.sine(hertz: 1_000, rate: rate, seconds: 2, amplitude: 0.5))
        }
        let histogram = try instrument.read().histogram
        let loud = 20 * log10(0.5) - 3.0103
        #expect(abs((histogram.exceeded(percent: 10) ?? 0) - loud) < 0.1)
        #expect(abs((histogram.exceeded(percent: 50) ?? 0) - (loud - 20)) < 0.1)
        #expect(abs((histogram.exceeded(percent: 90) ?? 0) - (loud - 20)) < 0.1)
        #expect(abs((histogram.share(atOrAbove: loud - 1) ?? 0) - 0.2) < 0.02)
    }

    /// LA of Gaussian noise with bandwidth B scatters like a chi-square with 2 B τ · 2 degrees of
    /// freedom: for white noise, so narrowly that all percentiles are within 2 dB of LAeq.
    @Test func steadyNoiseScattersLittle() throws {
        let rate = 48_000
        var state: UInt64 = 42
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 11) + 0.5) / Double(1 << 53)
        }
        var instrument = try Instrument(rate: rate)
        for _ in 0..<30 {
            instrument.feed(
                (0..<rate).map { _ in
                    Float(0.1 * (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()))
                })
        }
        let reading = try instrument.read()
        let laeq = try #require(reading.summary.laeq)
        let median = try #require(reading.histogram.exceeded(percent: 50))
        #expect(abs(median - laeq) < 0.05)
        for percent in Self.percentages {
            #expect(abs((reading.histogram.exceeded(percent: percent) ?? 0) - laeq) < 0.5)
        }
    }
}
