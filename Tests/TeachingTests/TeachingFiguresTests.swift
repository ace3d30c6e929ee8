import Testing

@testable import Teaching

@Suite struct TeachingFiguresTests {
    private func figures(recall: Double, falseShare: Double) -> TeachingFigures {
        TeachingFigures(
            found: [Int((recall * 100).rounded())], mistaken: nil, renditions: 100,
            falseShare: falseShare, confusions: [], sameSounds: [])
    }

    /// 1 % of the background are 180 false alarms an hour: that is not well, however much is found.
    @Test(arguments: [
        (1.0, 0.003, TeachingFigures.Verdict.well), (0.8, 0.003, .well), (0.79, 0.003, .fairly),
        (1.0, 0.004, .fairly), (1.0, 0.011, .weakly), (0.5, 0.0099, .fairly), (0.49, 0, .weakly),
    ])
    func bothCount(recall: Double, falseShare: Double, verdict: TeachingFigures.Verdict) {
        #expect(figures(recall: recall, falseShare: falseShare).verdict == verdict)
    }

    @Test func theReasonIsKnown() {
        #expect(figures(recall: 1, falseShare: 0.01).isTooCommon)
        #expect(!figures(recall: 0.3, falseShare: 0.01).isTooCommon)
        #expect(!figures(recall: 1, falseShare: 0.001).isTooCommon)
        #expect(abs(figures(recall: 1, falseShare: 0.01).alarmsPerHour - 180) < 1e-9)
    }
}
