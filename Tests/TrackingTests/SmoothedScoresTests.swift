import SoundTypes
import Testing
import Tracking

@Suite struct SmoothedScoresTests {
    /// Each label has its own filter; a step comes out whole.
    @Test func everyStepComesOutOnceWithTheFilterOfEachLabel() {
        var smoother = SmoothedScores(
            parameters: [0, 3, 5].map { LabelParameters(smoothingSeconds: $0) }, stepSeconds: 1)
        var steps: [SmoothedScores.Step] = []
        for step in 0..<7 {
            let scores: [Float] = step == 3 ? [0.9, 0.9, 0.9] : [0.1, 0.1, 0.1]
            let start = Int64(10 * step)
            if let done = smoother.next(scores.span, start: start, end: start + 10) {
                steps.append(done)
            }
        }
        #expect(steps.count == 5)
        while let done = smoother.drain() { steps.append(done) }
        #expect(steps.map(\.start) == (0..<7).map { Int64(10 * $0) })
        #expect(steps.allSatisfy { $0.end == $0.start + 10 })
        #expect(steps.map { $0.scores[0] } == [0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1])
        #expect(steps.allSatisfy { $0.scores[1...] == [0.1, 0.1] })
    }
}
