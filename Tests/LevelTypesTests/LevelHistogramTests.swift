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
