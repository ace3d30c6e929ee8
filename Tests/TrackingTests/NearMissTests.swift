import SoundTypes
import Testing
import Timekeeping
import Tracking

/// Steps of a second; thresholds 0.5 and 0.3.
@Suite struct NearMissTests {
    private func nearest(
        _ curves: [[Float]], minimum: Double = 3, gap: Double = 2, filter: Double = 0
    ) -> [NearMiss] {
        let parameters = LabelParameters(
            onThreshold: 0.5, offThreshold: 0.3, smoothingSeconds: filter,
            minimumDurationSeconds: minimum, mergeGapSeconds: gap)
        var finder = NearMissFinder(
            labels: curves.indices.map { "label \($0)" },
            parameters: curves.map { _ in parameters }, rate: rate, stepSamples: rate.hertz)
        for step in curves[0].indices {
            let scores = curves.map { $0[step] }
            let start = Int64(step * rate.hertz)
            finder.process(scores.span, start: start, end: start + Int64(rate.hertz))
        }
        return finder.finish()
    }

    @Test func aScoreThatIsTooLow() {
        let misses = nearest([[0, 0.2, 0.4, 0.1]])
        #expect(
            misses == [
                NearMiss(
                    label: "label 0", onsetSeconds: 2, peak: 0.4, durationSeconds: nil,
                    onThreshold: 0.5, minimumDurationSeconds: 3)
            ])
    }

    @Test func aSoundThatIsTooShort() {
        let misses = nearest([[0.4, 0.6, 0.8, 0, 0, 0.6, 0, 0]])
        #expect(misses.map(\.durationSeconds) == [2])
        #expect(misses.map(\.onsetSeconds) == [1])
        #expect(misses.map(\.peak) == [0.8])
    }

    @Test func anEventIsNoMiss() {
        #expect(nearest([[0.6, 0.6, 0.1, 0.6, 0, 0]]).isEmpty)
        #expect(nearest([[0.6, 0.6, 0.1, 0.6]]).isEmpty)
    }

    @Test func theNearestComesFirst() {
        let misses = nearest([
            [0.1, 0.1, 0.1, 0, 0], [0.9, 0, 0, 0, 0], [0.4, 0.4, 0.4, 0.4, 0.4],
            [0.6, 0.6, 0, 0, 0],
        ])
        #expect(misses.map(\.label) == ["label 3", "label 1", "label 2", "label 0"])
    }

    @Test func aScoreThatIsNotANumberCountsAsZero() {
        let misses = nearest([[.nan, 0.4, 0.4, -1, .infinity]], filter: 3)
        #expect(misses.map(\.peak) == [0.4])
    }

    /// Of a whole curve, what is lacking at one of its steps.
    @Test func theReasonAtAStep() {
        let smoothed: [Float] = [0.1, 0.6, 0.8, 0.1, 0.4, 0.1, 0.1, 0.6, 0.6, 0.6, 0.6]
        let parameters = LabelParameters(
            onThreshold: 0.5, offThreshold: 0.3, minimumDurationSeconds: 4, mergeGapSeconds: 1)
        func reason(_ step: Int) -> String? {
            NearMiss(
                at: step, of: smoothed, label: "a", parameters: parameters, stepSeconds: 1
            )?.shortfall
        }
        #expect(reason(2) == "0.800 for 2.00 s; needs 4.00 s")
        #expect(reason(4) == "0.400; needs 0.500")
        #expect(reason(8) == nil)
    }

    @Test func theFilteredScoresCount() {
        #expect(nearest([[0, 0, 0.9, 0, 0, 0]], filter: 3).isEmpty)
    }
}
