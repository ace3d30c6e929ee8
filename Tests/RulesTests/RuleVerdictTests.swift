import AlertTypes
import LevelTypes
import Rules
import SoundTypes
import Testing
import Timekeeping

/// Why a rule fires or does not.
@Suite struct RuleVerdictTests {
    private func unmet(_ trial: Trial, _ name: String = "alert") throws -> RuleCheck {
        let verdict = try #require(trial.engine.verdict(of: name))
        return try #require(verdict.firstUnmet)
    }

    @Test func aRuleThatIsNotThere() {
        #expect(Trial([rule()]).engine.verdict(of: "other") == nil)
    }

    @Test func nothingWasHeard() throws {
        let check = try unmet(Trial([rule(EventCondition(labels: ["siren"]))]))
        #expect(check.condition == "label siren" && check.value == "none was heard")
    }

    @Test func tooUncertain() throws {
        var trial = Trial([rule(EventCondition(minimumConfidence: 0.95))])
        trial.feed(event(heard: 3, peak: 0.9))
        let check = try unmet(trial)
        #expect(check.condition == "confidence at least 0.95" && check.value == "0.90")
        #expect(trial.engine.verdict(of: "alert")?.event?.id == 1)
    }

    @Test func tooFew() throws {
        var trial = Trial([
            rule(EventCondition(count: EventCount(events: 3, withinSeconds: 60)), by: .rule)
        ])
        trial.feed(event(id: 1, heard: 1, status: .complete))
        trial.feed(event(id: 2, onset: 2, heard: 3, status: .complete))
        let check = try unmet(trial)
        #expect(check.condition == "3 events within 1m" && check.value == "2")
    }

    @Test func notHeldLongEnough() throws {
        var trial = Trial([rule(hold: 10)])
        trial.feed(event(heard: 4))
        let check = try unmet(trial)
        #expect(check.condition == "held for 10s" && check.value == "4.0 s")
    }

    @Test func gates() throws {
        var trial = Trial([
            rule(name: "a", cooldown: 60), rule(name: "b", by: .rule, keep: 100, cooldown: 0),
            rule(name: "c", cooldown: 0, unless: ["b"]),
            rule(name: "d", cooldown: 0, limit: FiringLimit(count: 1, withinSeconds: 600)),
            rule(name: "e", schedule: Schedule(periods: [])),
        ])
        trial.feed(event(id: 1, heard: 1, status: .complete))
        trial.feed(event(id: 2, onset: 2, heard: 3))
        #expect(try unmet(trial, "a").condition == "cooldown of 1m")
        #expect(trial.engine.verdict(of: "b")?.alerts.map(\.rule) == ["b"])
        #expect(try unmet(trial, "c").value == "b is firing")
        #expect(try unmet(trial, "d").condition == "at most 1 within 10m")
        #expect(try unmet(trial, "e").condition == "within its times")
        trial.feed(
            .silences([
                Silence(id: 4, createdAt: time(0), startsAt: time(0), endsAt: time(99), rule: "a")
            ]))
        #expect(try unmet(trial, "a").value == "silence 4")
    }

    @Test func unknownIsNeitherMetNorUnmet() throws {
        var trial = Trial([
            levelRule(
                name: "alert",
                LevelCondition(quantity: .laeq, windowSeconds: 60, bound: .above(50)))
        ])
        #expect(try unmet(trial).isMet == nil)
        trial.feed(.level(source: "hall", second(0, 70)))
        let check = try unmet(trial)
        #expect(check.isMet == nil)
        #expect(check.condition == "hall: LAeq over 1m above 50.0 dB")
        #expect(check.value == "70.0 dB, of 2 % of it")
    }
}
