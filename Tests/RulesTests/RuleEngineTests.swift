import Rules
import SoundTypes
import Testing
import Timekeeping

@Suite struct RuleEngineTests {
    @Test func firesAtTheFirstChangeThatMeetsEveryCondition() {
        var engine = RuleEngine(rules: [
            rule(labels: ["siren"], minimumConfidence: 0.6, minimumDuration: 1)
        ])
        let changes = [
            event(heard: 0.5, peak: 0.9), event(heard: 1.5, peak: 0.9),
            event(heard: 2, peak: 0.95), event(heard: 3, peak: 0.95, status: .complete),
        ]
        let firings = changes.map { engine.process($0) }
        #expect(firings.map(\.count) == [0, 1, 0, 0])
        let firing = firings[1][0]
        #expect(firing.rule == "alert")
        #expect(firing.event == changes[1])
        #expect(firing.firedAt == time(1.5))
        #expect(firing.command == .arguments(["notify"]))
        #expect(firing.timeoutSeconds == 7)
        #expect(engine.lastFired == ["alert": time(1.5)])
    }

    @Test func anAnnouncedEventFiresAndARetractedOneDoesNot() {
        var engine = RuleEngine(rules: [rule(minimumDuration: 1, cooldown: 0)])
        #expect(engine.process(event(id: 1, heard: 1)).count == 1)
        #expect(engine.process(event(id: 1, heard: 1.5, status: .retracted)).isEmpty)
        #expect(engine.process(event(id: 2, onset: 2, heard: 2.5)).isEmpty)
        #expect(engine.process(event(id: 2, onset: 2, heard: 4, status: .retracted)).isEmpty)
        #expect(engine.process(event(id: 3, onset: 5, heard: 6)).count == 1)
    }

    @Test func theLengthCountsFromTheSettledOnset() {
        var engine = RuleEngine(rules: [rule(minimumDuration: 2)])
        #expect(engine.process(event(onset: 1, heard: 2)).isEmpty)
        #expect(engine.process(event(onset: 0.4, heard: 2.4)).count == 1)
    }

    @Test(arguments: [
        ("siren", 0.6, 1.0, true), ("dog", 0.6, 1.0, false), ("siren", 0.59, 1.0, false),
        ("siren", 0.6, 0.99, false),
    ])
    func conditions(label: String, peak: Double, length: Double, fires: Bool) {
        var engine = RuleEngine(rules: [
            rule(labels: ["siren", "alarm"], minimumConfidence: 0.6, minimumDuration: 1)
        ])
        let firings = engine.process(
            event(label: label, heard: length, peak: peak, status: .complete))
        #expect(firings.isEmpty == !fires)
    }

    @Test func ruleWithoutLabelsListensForEveryLabel() {
        var engine = RuleEngine(rules: [rule(cooldown: 0)])
        #expect(engine.process(event(id: 1, label: "dog", heard: 1)).count == 1)
        #expect(engine.process(event(id: 2, label: "siren", heard: 2)).count == 1)
    }

    @Test func firesOnceForAllPartsOfAnEvent() {
        var engine = RuleEngine(rules: [rule(cooldown: 0)])
        #expect(engine.process(event(id: 1, heard: 1)).count == 1)
        #expect(engine.process(event(id: 1, heard: 2, status: .complete)).isEmpty)
        #expect(engine.process(event(id: 1, part: 2, onset: 2, heard: 3)).isEmpty)
        #expect(
            engine.process(event(id: 1, part: 2, onset: 2, heard: 4, status: .complete)).isEmpty)
        #expect(engine.process(event(id: 2, onset: 5, heard: 6)).count == 1)
    }

    @Test func durationAndConfidenceCountOverAllParts() {
        var engine = RuleEngine(rules: [rule(minimumConfidence: 0.8, minimumDuration: 10)])
        #expect(engine.process(event(heard: 6, peak: 0.9, status: .complete)).isEmpty)
        #expect(engine.process(event(part: 2, onset: 6, heard: 9, peak: 0.6)).isEmpty)
        #expect(engine.process(event(part: 2, onset: 6, heard: 10, peak: 0.6)).count == 1)
    }

    @Test(arguments: [(99.9, false), (100, true)])
    func cooldownEndsExactly(heard: Double, fires: Bool) {
        var engine = RuleEngine(rules: [rule(cooldown: 90)])
        #expect(engine.process(event(id: 1, heard: 10, status: .complete)).count == 1)
        let second = event(id: 2, onset: 50, heard: heard, status: .complete)
        #expect(engine.process(second).isEmpty == !fires)
    }

    @Test func soundThatOutlastsTheCooldownFiresWhenItEnds() {
        var engine = RuleEngine(rules: [rule(cooldown: 60)])
        #expect(engine.process(event(id: 1, heard: 1, status: .complete)).count == 1)
        let fired = stride(from: 50.0, through: 70, by: 0.5).filter {
            !engine.process(event(id: 2, onset: 49, heard: $0)).isEmpty
        }
        #expect(fired == [61])
    }

    @Test func cooldownSurvivesARestart() {
        var before = RuleEngine(rules: [rule(cooldown: 60)])
        #expect(before.process(event(id: 1, heard: 1)).count == 1)
        var after = RuleEngine(rules: [rule(cooldown: 60)], lastFired: before.lastFired)
        #expect(after.process(event(id: 2, onset: 30, heard: 31)).isEmpty)
        #expect(after.process(event(id: 3, onset: 70, heard: 71)).count == 1)
    }

    @Test func firingFarInTheFutureDoesNotSilenceARule() {
        var engine = RuleEngine(
            rules: [rule(cooldown: 60)], lastFired: ["alert": time(365 * 86_400)])
        #expect(engine.process(event(heard: 1)).count == 1)
        #expect(engine.lastFired["alert"] == time(1))
    }

    @Test func sourceThatIsAMomentBehindIsCoolingDownToo() {
        var engine = RuleEngine(rules: [rule(cooldown: 60)])
        #expect(engine.process(event(id: 1, heard: 10)).count == 1)
        #expect(engine.process(event(id: 2, source: "garden", heard: 9.8)).isEmpty)
    }

    @Test func rulesHaveTheirOwnCooldownAndOrder() {
        var engine = RuleEngine(rules: [
            rule(name: "slow", cooldown: 1_000), rule(name: "fast", cooldown: 1),
        ])
        #expect(engine.process(event(id: 1, heard: 1)).map(\.rule) == ["slow", "fast"])
        #expect(engine.process(event(id: 2, onset: 5, heard: 6)).map(\.rule) == ["fast"])
    }

    @Test func namesOfRulesThatAreGoneAreForgotten() {
        let engine = RuleEngine(rules: [rule()], lastFired: ["old": time(0), "alert": time(1)])
        #expect(engine.lastFired == ["alert": time(1)])
    }

    @Test func sameLabelFromTwoSourcesIsTwoEvents() {
        var engine = RuleEngine(rules: [rule(minimumDuration: 2, cooldown: 0)])
        #expect(engine.process(event(id: 1, source: "hall", heard: 1)).isEmpty)
        #expect(engine.process(event(id: 2, source: "garden", heard: 1)).isEmpty)
        #expect(engine.process(event(id: 1, source: "hall", heard: 2)).count == 1)
        #expect(engine.process(event(id: 2, source: "garden", heard: 2)).count == 1)
        #expect(engine.process(event(id: 1, source: "hall", heard: 3)).isEmpty)
    }
}

private func time(_ seconds: Double) -> UTCTime {
    UTCTime(microseconds: 1_800_000_000_000_000).adding(seconds: seconds)
}

private func rule(
    name: String = "alert", labels: Set<String> = [], minimumConfidence: Double = 0,
    minimumDuration: Double = 0, cooldown: Double = 60
) -> Rule {
    Rule(
        name: name, labels: labels, minimumConfidence: minimumConfidence,
        minimumDurationSeconds: minimumDuration, cooldownSeconds: cooldown,
        command: .arguments(["notify"]), timeoutSeconds: 7)
}

private func event(
    id: Int64 = 1, part: Int = 1, source: String = "hall", label: String = "siren",
    onset: Double = 0, heard: Double, peak: Double = 0.9, status: SoundEvent.Status = .open
) -> SoundEvent {
    SoundEvent(
        id: id, part: part, source: source, label: label, onset: time(onset),
        heardUntil: time(heard), peakConfidence: peak, meanConfidence: peak / 2, status: status)
}
