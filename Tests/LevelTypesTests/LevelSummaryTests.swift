import Foundation
import LevelTypes
import Testing

@Suite struct LevelSummaryTests {
    private func summary(seconds: Double, power: Double, bands: [Double]) -> LevelSummary {
        var summary = LevelSummary()
        summary.seconds = seconds
        summary.exposureA = power * seconds
        summary.fastMaximum = power * 2
        summary.fastMinimum = power / 2
        summary.peakC = power.squareRoot() * 3
        summary.bandExposures = bands.map { $0 * seconds }
        return summary
    }

    /// 60 dB for 3 s and 70 dB for 1 s: energies are averaged, not decibels.
    @Test func equivalentLevelsAverageEnergies() {
        var sum = summary(seconds: 3, power: 1e6, bands: [])
        sum.merge(summary(seconds: 1, power: 1e7, bands: []))
        #expect(abs((sum.laeq ?? 0) - 65.1188) < 1e-4)  // 10 lg((3 · 10^6 + 10^7) / 4)
        #expect(abs((sum.lae ?? 0) - 71.1394) < 1e-4)
        #expect(sum.seconds == 4)
        #expect(sum.fastMaximum == 2e7)
        #expect(sum.fastMinimum == 5e5)
    }

    /// A sum over part of the time would be too low.
    @Test func bandsOfBothAreKept() {
        var sum = LevelSummary()
        sum.merge(summary(seconds: 1, power: 1, bands: [1, 2, 3]))
        sum.merge(LevelSummary())
        #expect(sum.bandExposures == [1, 2, 3])
        sum.merge(summary(seconds: 2, power: 1, bands: [1, 2]))
        #expect(sum.bandExposures == [3, 6])
    }

    /// The level of a band stays what it was where it was measured.
    @Test func aStretchWithoutBandsCountsAsLoudAsTheOther() {
        let measured = summary(seconds: 2, power: 1, bands: [4, 6])
        let others = summary(seconds: 6, power: 1, bands: [])
        for (first, second) in [(measured, others), (others, measured)] {
            var sum = first
            sum.merge(second)
            #expect(sum.bandExposures == [32, 48])
            let levels = zip(sum.thirdOctaveLevels, measured.thirdOctaveLevels)
            #expect(levels.allSatisfy { abs($0 - $1) < 1e-9 })
        }
    }

    @Test func nothingHasNoLevels() {
        let nothing = LevelSummary()
        #expect(nothing.laeq == nil && nothing.lae == nil && nothing.lcPeak == nil)
        #expect(nothing.lafMaximum == nil && nothing.thirdOctaveLevels.isEmpty)
    }

    @Test func amplifyingRaisesEveryLevel() {
        let soft = summary(seconds: 2, power: 1e-4, bands: [1e-5])
        let loud = soft.amplified(byDecibels: 94)
        let pairs = [
            (soft.laeq, loud.laeq), (soft.lae, loud.lae), (soft.lafMaximum, loud.lafMaximum),
            (soft.lafMinimum, loud.lafMinimum), (soft.lcPeak, loud.lcPeak),
            (soft.thirdOctaveLevels.first, loud.thirdOctaveLevels.first),
        ]
        for (before, after) in pairs {
            #expect(abs((after ?? 0) - (before ?? 0) - 94) < 1e-9)
        }
    }

    /// IEC 61260-1:2014, 5.2 to 5.6, and Annex E.
    @Test func bandsHaveTheirExactFrequencies() throws {
        #expect(ThirdOctave.bands.count == 33 && Octave.bands.count == 11)
        let kilo = try #require(ThirdOctave.bands.first { $0.name == "1000" })
        #expect(abs(kilo.centreHertz - 1_000) < 1e-9)
        #expect(abs(kilo.lowerEdgeHertz - 891.2509) < 1e-4)
        #expect(abs(kilo.upperEdgeHertz - 1_122.0185) < 1e-4)
        let low = try #require(ThirdOctave.bands.first)
        #expect(abs(low.centreHertz - 12.5893) < 1e-4)
        let high = try #require(ThirdOctave.bands.last)
        #expect(abs(high.centreHertz - 19_952.6231) < 1e-4)
        let octave = try #require(Octave.bands.first { $0.name == "31.5" })
        #expect(abs(octave.centreHertz - 31.6228) < 1e-4)
        #expect(abs(octave.upperEdgeHertz / octave.lowerEdgeHertz - 1.995262) < 1e-6)
    }
}
