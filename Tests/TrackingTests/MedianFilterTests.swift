import TestSupport
import Testing

@testable import Tracking

/// The filter against medians that are sorted anew for each step.
@Suite struct MedianFilterTests {
    @Test(arguments: [0, 1, 2, 3, 4, 9, 40])
    func everyStepIsTheMedianOfWhatIsAroundIt(half: Int) {
        var random = SeededRandom(seed: UInt64(half))
        for count in [0, 1, half, half + 1, 2 * half + 1, 200] {
            // Few values, so that many are equal.
            let scores = (0..<count).map { _ in Float(Int.random(in: 0...9, using: &random)) / 10 }
            var filter = MedianFilter(seconds: Double(2 * half + 1), stepSeconds: 1)
            #expect(filter.delay == half)
            var result = scores.compactMap { filter.next($0) }
            #expect(result.count == max(0, count - half))
            while let score = filter.drain() { result.append(score) }
            let expected = scores.indices.map { index in
                let window = scores[max(0, index - half)...min(count - 1, index + half)].sorted()
                return window[(window.count - 1) / 2]
            }
            #expect(result == expected)
        }
    }

    @Test(arguments: [(0.0, 0), (0.04, 0), (0.12, 1), (0.2, 2), (0.28, 3), (0.75, 9)])
    func itsLengthIsRoundedToAnOddNumberOfSteps(seconds: Double, half: Int) {
        #expect(MedianFilter(seconds: seconds, stepSeconds: 0.04).delay == half)
    }

    @Test func afterARestartThePastIsForgotten() {
        var filter = MedianFilter(seconds: 3, stepSeconds: 1)
        for score in [0.9, 0.9, 0.9] as [Float] { _ = filter.next(score) }
        filter.restart()
        #expect(filter.drain() == nil)
        #expect(filter.next(0.1) == nil)
        #expect(filter.next(0.2) == 0.1)
    }
}
