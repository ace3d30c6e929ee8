import AlertTypes
import EventStore
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import RuleTrials

/// A past that was stored and is told again gives the alerts that it gave. Random pasts; a failure
/// names its seed.
@Suite struct StoredPastTests {
    @Test(arguments: 1...12)
    func theStoredPastGivesTheSameAlerts(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let past = RandomPast(seed: seed)
        let reader = try stored(past, in: directory)
        let rules = RuleSet.random(seed: seed)
        var live = RuleTrial(rules)
        let needs = PastNeeds([rules])
        for observation in past.observations where needs.include(observation) {
            live.take(observation)
        }
        let stored = try StoredPast(
            reader, since: time(0), until: time(past.length + 10), for: [rules])
        let replayed = try #require(try RuleTrial.replay([rules], over: stored).first)
        let lines = (live.lines, replayed.lines)
        let difference = zip(lines.0 + ["-"], lines.1 + ["-"]).first { $0 != $1 }
        #expect(difference == nil, "seed \(seed)")
        #expect(live.alerts.count == replayed.alerts.count, "seed \(seed)")
        #expect(live.held == replayed.held, "seed \(seed)")
    }

    /// The pasts try what they are meant to try.
    @Test func thePastsAreEventful() {
        var occasions: [Occasion: Int] = [:]
        var held: Set<Suppression.Reason> = []
        for seed in UInt64(1)...12 {
            var trial = RuleTrial(.random(seed: seed))
            for observation in RandomPast(seed: seed).observations { trial.take(observation) }
            for notice in trial.notices { occasions[notice.occasion, default: 0] += 1 }
            held.formUnion(trial.suppressions.map(\.reason))
        }
        #expect(Occasion.allCases.allSatisfy { occasions[$0, default: 0] > 20 })
        #expect(held.isSuperset(of: [.cooldown, .inhibited, .silenced]))
    }

    /// What was before fills the windows of levels.
    @Test func windowsAreFilledWithWhatWasBefore() throws {
        let directory = try TemporaryDirectory()
        let past = RandomPast(seed: 3)
        let reader = try stored(past, in: directory)
        let rules = RuleSet(rules: [
            Rule(
                name: "loud",
                condition: .level(
                    LevelCondition(quantity: .laeq, windowSeconds: 60, bound: .above(50))))
        ])
        let stored = try StoredPast(
            reader, since: time(200), until: time(202), for: [rules])
        let replayed = try #require(try RuleTrial.replay([rules], over: stored).first)
        #expect(replayed.alerts.map { seconds($0.firedAt) } == [200])
    }

    private func stored(
        _ past: RandomPast, in directory: TemporaryDirectory
    ) throws -> EventReader {
        let store = try EventStore(path: directory.path("events.db"))
        try store.write(past.changes)
        try store.close()
        _ = try SilenceWriter(path: directory.path("events.db")).add(past.silence)
        return try EventReader(path: directory.path("events.db"))
    }
}

extension PastNeeds {
    /// Whether rules are told: an event that none asks for does not even move the clock.
    fileprivate func include(_ observation: Observation) -> Bool {
        guard case .event(let event) = observation else { return true }
        return labels?.contains(event.label) ?? true
    }
}

extension RuleTrial {
    /// What was told, in words.
    fileprivate var lines: [String] {
        notices.map { notice in
            let alert = alert(notice)
            let events = alert.events.map { "\($0.id)" }.joined(separator: " ")
            return "\(notice.occasion) \(alert.rule) \(alert.group) at \(seconds(notice.at)): "
                + events
        }
    }

    fileprivate var held: [String] {
        suppressions.map { "\($0.rule) \($0.reason) \($0.by) \($0.count)" }
    }
}
