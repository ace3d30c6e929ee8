import Foundation
import LevelTypes
import Measurements
import SoundLevels
import Testing

/// IEC 61672-1:2013, 5.5 and Annex E.
@Suite struct WeightingTests {
    @Test(arguments: LevelMeter.sampleRates)
    func everyNominalFrequencyMeetsTheGoal(rate: Int) throws {
        for row in Standard.weightings where row.exactHertz <= 0.47 * Double(rate) {
            for (weighting, error) in try Measurement.weightingErrors(
                hertz: row.exactHertz, rate: rate)
            {
                #expect(abs(error) < 0.005, "\(weighting.rawValue) at \(row.nominalHertz) Hz")
            }
        }
    }

    /// The table rounds the analytic goals to a tenth, and the class 1 limits apply around it.
    @Test(arguments: LevelMeter.sampleRates)
    func theTableOfTheStandardIsMetWithinClass1(rate: Int) throws {
        for row in Standard.weightings where row.exactHertz <= 0.47 * Double(rate) {
            let levels = try Measurement.steady(hertz: row.exactHertz, rate: rate)
            #expect(row.limits.contains(levels.a - levels.z - row.a), "A, \(row.nominalHertz) Hz")
            #expect(row.limits.contains(levels.c - levels.z - row.c), "C, \(row.nominalHertz) Hz")
            #expect(abs(Standard.goal(.a, row.exactHertz) - row.a) < 0.0601)
            #expect(abs(Standard.goal(.c, row.exactHertz) - row.c) < 0.0601)
        }
    }

    @Test(arguments: LevelMeter.sampleRates)
    func betweenTheNominalFrequenciesTheErrorIsAsSmall(rate: Int) throws {
        let highest = 0.45 * Double(rate)
        let steps = 60
        for step in 0...steps {
            let hertz = 10 * pow(highest / 10, Double(step) / Double(steps))
            let errors = try Measurement.weightingErrors(hertz: hertz, rate: rate)
            for (weighting, error) in errors {
                #expect(abs(error) < 0.005, "\(weighting.rawValue) at \(hertz) Hz")
            }
        }
    }

    /// 5.5.9: at 1 kHz the weightings agree.
    @Test func aToneOf1kHzReadsTheSameWithEveryWeighting() throws {
        let levels = try Measurement.steady(hertz: 1_000, rate: 48_000)
        #expect(abs(levels.z - -9.0309) < 0.0001)
        #expect(abs(levels.a - levels.z) < 0.001)
        #expect(abs(levels.c - levels.z) < 0.001)
    }

    /// White and pink noise whose spectrum is known exactly, line by line: every hertz, or, because
    /// each line costs time, every 40 Hz.
    @Test(
        arguments: [
            (16_000, 1), (22_050, 40), (24_000, 40), (44_100, 1), (48_000, 1), (64_000, 40),
            (88_200, 40), (128_000, 40), (176_400, 40),
        ], [0.0, 1.0])
    func noiseReadsTheSumOfItsWeightedLines(
        _ row: (rate: Int, spacing: Int), slope: Double
    ) throws {
        let rate = row.rate
        let range = stride(from: 10, through: Int(0.46 * Double(rate)), by: row.spacing)
        let power = { (hertz: Int) in 1e-6 / pow(Double(hertz) / 1_000, slope) }
        let second = Stimulus.periodicNoise(rate: rate, hertz: range, power: power)
        var instrument = try Instrument(rate: rate)
        instrument.feed(second)
        _ = try instrument.read()
        instrument.feed(second)
        let summary = try instrument.read().summary
        func expected(_ weight: (Double) -> Double) -> Double {
            10 * log10(range.reduce(0) { $0 + power($1) * pow(10, weight(Double($1)) / 10) })
        }
        #expect(abs((summary.lzeq ?? 0) - expected { _ in 0 }) < 0.001)
        #expect(abs((summary.laeq ?? 0) - expected { Standard.goal(.a, $0) }) < 0.005)
        #expect(abs((summary.lceq ?? 0) - expected { Standard.goal(.c, $0) }) < 0.005)
    }
}
