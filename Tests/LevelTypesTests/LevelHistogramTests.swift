import LevelTypes
import Testing

@Suite struct LevelHistogramTests {
    private func histogram(_ entries: [(level: Int, count: Int)]) -> LevelHistogram {
        LevelHistogram(entries: entries.map { .init(level: $0.level, count: $0.count) })
    }

    @Test(arguments: [(27.34, 273), (27.3, 273), (-0.05, -1), (0, 0), (-300, -2_500), (400, 2_500)])
    func levelsFallIntoClassesOfATenth(level: Double, expected: Int) {
        #expect(LevelHistogram.levelClass(of: level) == expected)
    }

    @Test func digitalSilenceIsTheFirstClass() {
        #expect(LevelHistogram.levelClass(of: -.infinity) == -2_500)
    }

    /// 100 samples from 40.0 to 49.9 dB, one in each class: the percentiles are on a straight line.
    @Test(arguments: [(1.0, 49.9), (10, 49.0), (50, 45.0), (90, 41.0), (99, 40.1), (100, 40.0)])
    func percentilesOfAnEvenDistribution(percent: Double, level: Double) throws {
        let even = histogram((400..<500).map { ($0, 1) })
        let exceeded = try #require(even.exceeded(percent: percent))
        #expect(abs(exceeded - level) < 1e-9)
        #expect(abs((even.share(atOrAbove: level) ?? 0) - percent / 100) < 1e-9)
    }

    @Test func nothingHasNoPercentiles() {
        #expect(LevelHistogram().exceeded(percent: 50) == nil)
        #expect(LevelHistogram().share(atOrAbove: 0) == nil)
    }

    /// Half of the time there was nothing: L10 is a level, L90 is not.
    @Test func silenceIsNoLevel() {
        let half = histogram([(-2_500, 100), (500, 100)])
        #expect(abs((half.exceeded(percent: 10) ?? 0) - 50.08) < 1e-9)
        #expect(half.exceeded(percent: 90) == -.infinity)
        #expect(half.amplified(byDecibels: 120).exceeded(percent: 90) == -.infinity)
        #expect(abs((half.amplified(byDecibels: 20).exceeded(percent: 10) ?? 0) - 70.08) < 1e-9)
    }

    @Test func mergingAddsCounts() {
        var left = histogram([(100, 1), (200, 2), (300, 3)])
        left.merge(histogram([(50, 5), (200, 4), (400, 6)]))
        #expect(left == histogram([(50, 5), (100, 1), (200, 6), (300, 3), (400, 6)]))
        var empty = LevelHistogram()
        empty.merge(left)
        #expect(empty == left)
        left.merge(LevelHistogram())
        #expect(empty == left)
    }

    @Test func raisedLevelsStayWithinTheClasses() {
        let raised = histogram([(-2_400, 1), (2_400, 2), (2_450, 3)]).amplified(byDecibels: 20)
        #expect(raised == histogram([(-2_200, 1), (2_500, 5)]))
    }
}

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
