import Foundation
import LevelTypes
import Measurements
import SoundLevels
import Testing

/// IEC 61260-1:2014, 5.10 to 5.12.
@Suite struct BandTests {
    /// The bands that there are at each rate, and how many tones to an octave they are swept with:
    /// few where the filters are those of other rates, or cost more. The middle and the edges of
    /// each third-octave band are always among the tones.
    private static let rows: [(rate: Int, thirds: Int, octaves: Int, steps: Int)] = [
        (16_000, 28, 9, 48), (22_050, 29, 9, 8), (24_000, 30, 10, 8), (32_000, 31, 10, 48),
        (44_100, 32, 10, 48), (48_000, 33, 11, 48), (64_000, 33, 11, 1), (88_200, 33, 11, 1),
        (96_000, 33, 11, 8), (128_000, 33, 11, 1), (176_400, 33, 11, 1), (192_000, 33, 11, 8),
    ]

    @Test func everyRateIsSwept() {
        #expect(Self.rows.map(\.rate) == LevelMeter.sampleRates)
    }

    /// A sweep of steady tones from 5 Hz to half the sample rate, with each band checked at each of
    /// them.
    @Test(arguments: rows)
    func everyBandPassesTheMaskOfClass1(
        rate: Int, thirds: Int, octaves: Int, steps: Int
    ) throws {
        let results = try Measurement.bandResults(rate: rate, stepsPerOctave: steps)
        #expect(results.thirds.count == thirds)
        #expect(results.octaves.count == octaves)
        for result in results.thirds + results.octaves {
            #expect(result.margin > 0.35, "\(result.band.name) Hz at \(result.worstHertz) Hz")
            #expect(abs(result.middle) < 0.01, "\(result.band.name) Hz")
            // The standard accepts 0.4 dB; a coarse sweep cannot tell any finer.
            #expect(
                abs(result.bandwidthDeviation) < (steps < 48 ? 0.4 : 0.15), "\(result.band.name) Hz"
            )
        }
    }

    /// A fault in the mask itself would pass everything: its break points are those of Table 1.
    @Test func theMaskIsThatOfTheStandard() throws {
        let band = try #require(ThirdOctave.bands.first { $0.name == "1000" })
        let points: [(omega: Double, low: Double, high: Double)] = [
            (1.026674, -0.4, 0.5), (1.055754, -0.4, 0.7), (1.087457, -0.4, 1.4),
            (1.294374, 16.6, .infinity), (1.881728, 40.5, .infinity), (3.053652, 60, .infinity),
            (5.391949, 70, .infinity), (20, 70, .infinity),
        ]
        for point in points {
            for hertz in [1_000 * point.omega, 1_000 / point.omega] {
                let mask = Standard.mask(band, fraction: 3, hertz: hertz)
                #expect(abs(mask.lowerBound - point.low) < 0.01)
                #expect(mask.upperBound == point.high || abs(mask.upperBound - point.high) < 0.01)
            }
        }
    }

    /// Pink noise has the same power in every band of the same relative width.
    @Test func pinkNoiseReadsTheSameInEveryBand() throws {
        let rate = 48_000
        let second = Stimulus.periodicNoise(rate: rate, hertz: 50...23_000) { 1e-4 / Double($0) }
        var instrument = try Instrument(rate: rate)
        for _ in 0..<5 { instrument.feed(second) }
        _ = try instrument.read()
        for _ in 0..<2 { instrument.feed(second) }
        let levels = try instrument.read().summary.thirdOctaveLevels
        let expected = 10 * log10(1e-4 * log(pow(10, 0.1)))
        for (band, level) in zip(ThirdOctave.bands, levels)
        where (200...17_000).contains(band.centreHertz) {
            #expect(abs(level - expected) < 0.15, "\(band.name) Hz")
        }
    }
}
