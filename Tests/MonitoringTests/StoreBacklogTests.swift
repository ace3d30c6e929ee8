import AlertTypes
import EventStore
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Monitoring

/// What is dropped first, and what is not superseded.
@Suite struct StoreBacklogTests {
    private func scores(_ second: Int) -> StoreChange {
        .scores(
            (second..<second + 20).map { second in
                SecondScores(
                    source: "mic", start: evening.adding(seconds: Double(second)),
                    labels: ["dog"], maxima: [9])
            })
    }

    private func decided(_ rule: String) -> StoreChange {
        .alerts(AlertChanges(rules: [RuleRecord(rule: rule, json: "{}")]))
    }

    /// Scores go with the levels, and their time becomes a gap; what the rules decided still has
    /// room.
    @Test func scoresAreDroppedBeforeWhatTheRulesDecided() {
        var backlog = StoreBacklog(capacity: 2, reserve: 2)
        for change in [scores(0), scores(20)] { _ = backlog.take(change, isBounded: true) }
        let isFirstLoss = backlog.take(scores(40), isBounded: true)
        #expect(isFirstLoss)
        let isSecondLoss = backlog.take(scores(60), isBounded: true)
        #expect(!isSecondLoss)
        for rule in ["a", "b"] { _ = backlog.take(decided(rule), isBounded: true) }
        #expect(backlog.waiting == [scores(0), scores(20), decided("a"), decided("b")])
        let losses = backlog.losses
        #expect(losses.description == "40 sets of scores were dropped, nothing else was lost")
        let gap = AudioGap(
            source: "mic", start: evening.adding(seconds: 40), end: evening.adding(seconds: 80),
            lostSamples: 0, cause: .unstored)
        #expect(losses.gaps == [gap])
    }

    @Test func whatTheRulesDecidedIsNeverSuperseded() {
        var backlog = StoreBacklog(capacity: 4, reserve: 0)
        let changes = [decided("a"), scores(0), decided("a"), scores(0)]
        for change in changes { _ = backlog.take(change, isBounded: true) }
        backlog.removeSuperseded()
        #expect(backlog.waiting == changes)
    }
}
