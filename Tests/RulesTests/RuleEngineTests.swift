import AlertTypes
import LevelTypes
import Rules
import SoundTypes
import Testing
import Timekeeping

/// Rules about events.
@Suite struct RuleEngineTests {
    private let certainSiren = EventCondition(
        labels: ["siren"], minimumConfidence: 0.6, minimumDurationSeconds: 1)

    @Test func firesAtTheFirstChangeThatMeetsEveryCondition() {
        var trial = Trial([rule(certainSiren)])
        let changes = [
            event(heard: 0.5), event(heard: 1.5), event(heard: 2, peak: 0.95),
            event(heard: 3, peak: 0.95, status: .complete),
        ]
        for change in changes { trial.feed(change) }
        trial.feed(.heard(source: "hall", until: time(4)))
        #expect(trial.told == ["fired alert at 1.5", "resolved alert at 3.0"])
        let firing = trial.firings[0]
        #expect(firing.event == changes[1])
        #expect(firing.actions == [notify])
        #expect(firing.alert.soundAt == time(0))
        #expect(firing.alert.detectedAt == time(1.5))
        #expect(firing.alert.events.map(\.id) == [1])
        #expect(
            firing.alert.readings == [
                ConditionReading(condition: "label siren", value: "siren"),
                ConditionReading(condition: "confidence at least 0.60", value: "0.90"),
                ConditionReading(condition: "duration at least 1.0 s", value: "1.5 s"),
            ])
        let resolved = trial.firings[1].alert
        #expect(resolved.id == firing.alert.id)
        #expect(resolved.resolution == .cleared)
        #expect(resolved.events[0].confidence == 0.95)
        #expect(resolved.events[0].heardUntil == time(3))
    }

    @Test(arguments: [
        ("siren", 0.6, 1.0, true), ("dog", 0.6, 1.0, false), ("siren", 0.59, 1.0, false),
        ("siren", 0.6, 0.99, false),
    ])
    func conditions(label: String, peak: Double, length: Double, fires: Bool) {
        var trial = Trial([rule(certainSiren)])
        trial.feed(event(label: label, heard: length, peak: peak, status: .complete))
        #expect(trial.firings.isEmpty == !fires)
    }

    @Test(arguments: [(80.0, 70.0, 10.0, true), (81, 70, 10, false), (80, 90, 10, false)])
    func levelsOfTheEvent(lafmax: Double, lae: Double, rise: Double, fires: Bool) {
        var trial = Trial([
            rule(EventCondition(minimumLAFmax: lafmax, minimumLAE: lae, minimumRise: rise))
        ])
        let levels = EventLevels(
            seconds: 1, exposureA: Decibels.power(level: -25), fastMaximum: 0.01,
            background: Decibels.power(level: -40), scale: calibrated)
        trial.feed(event(heard: 1))
        #expect(trial.firings.isEmpty, "an event without levels reaches none")
        trial.feed(event(heard: 1.5, levels: levels))
        #expect(trial.firings.isEmpty == !fires)
    }

    @Test func aRetractedEventTakesItsAlertBack() {
        var trial = Trial([rule(keep: 30, cooldown: 0)])
        trial.feed(event(heard: 1, isSettled: false))
        trial.feed(event(heard: 1.5, status: .retracted, isSettled: false))
        #expect(trial.told == ["fired alert at 1.0", "resolved alert at 1.5"])
        #expect(trial.firings[1].alert.resolution == .retracted)
        #expect(trial.firings[1].alert.events[0].isRetracted)
    }

    @Test func aRuleMayAskForSettledEvents() {
        var trial = Trial([rule(EventCondition(isSettledOnly: true))])
        trial.feed(event(heard: 1, isSettled: false))
        #expect(trial.firings.isEmpty)
        trial.feed(event(heard: 2, isSettled: true))
        #expect(trial.told == ["fired alert at 2.0"])
    }

    @Test func theLengthCountsFromTheSettledOnset() {
        var trial = Trial([rule(EventCondition(minimumDurationSeconds: 2))])
        #expect(trial.feed(event(onset: 1, heard: 2)).firings.isEmpty)
        #expect(trial.feed(event(onset: 0.4, heard: 2.4)).firings.count == 1)
    }

    @Test func firesOnceForAllPartsOfAnEvent() {
        var trial = Trial([rule(cooldown: 0)])
        trial.feed(event(heard: 1))
        trial.feed(event(heard: 2, status: .complete))
        trial.feed(event(part: 2, onset: 2, heard: 3))
        trial.feed(event(part: 2, onset: 2, heard: 4, status: .complete))
        trial.feed(event(id: 2, onset: 5, heard: 6))
        #expect(
            trial.told == ["fired alert at 1.0", "resolved alert at 4.0", "fired alert at 6.0"])
    }

    @Test func durationAndConfidenceCountOverAllParts() {
        var trial = Trial([
            rule(EventCondition(minimumConfidence: 0.8, minimumDurationSeconds: 10))
        ])
        trial.feed(event(heard: 6, peak: 0.9, status: .complete))
        trial.feed(event(part: 2, onset: 6, heard: 9, peak: 0.6))
        #expect(trial.firings.isEmpty)
        trial.feed(event(part: 2, onset: 6, heard: 10, peak: 0.6))
        #expect(trial.told == ["fired alert at 10.0"])
    }

    // MARK: Cooldown

    @Test(arguments: [(99.9, false), (100, true)])
    func cooldownEndsExactly(heard: Double, fires: Bool) {
        var trial = Trial([rule(cooldown: 90)])
        #expect(trial.feed(event(id: 1, heard: 10, status: .complete)).firings.count == 1)
        let second = event(id: 2, onset: 50, heard: heard, status: .complete)
        let occasions = trial.feed(second).firings.map(\.occasion)
        #expect(occasions.contains(.fired) == fires)
    }

    @Test func soundThatOutlastsTheCooldownFiresWhenItEnds() {
        var trial = Trial([rule(cooldown: 60)])
        trial.feed(event(id: 1, heard: 1, status: .complete))
        for end in stride(from: 50.0, through: 70, by: 0.5) {
            trial.feed(event(id: 2, onset: 49, heard: end))
        }
        #expect(
            trial.told.filter { $0.hasPrefix("fired") } == [
                "fired alert at 1.0", "fired alert at 61.0",
            ])
    }

    @Test func whatTheCooldownHeldBackForGoodIsCounted() {
        var trial = Trial([rule(cooldown: 60)])
        for id in 1...4 {
            let onset = Double(id) * 3
            trial.feed(event(id: Int64(id), onset: onset, heard: onset + 1, status: .complete))
            trial.feed(.heard(source: "hall", until: time(onset + 2)))
        }
        #expect(trial.suppressions.map(\.count) == [1, 2, 3])
        #expect(trial.suppressions.last?.reason == .cooldown)
        #expect(trial.suppressions.last?.last == time(13))
    }

    @Test func theLastFiringOfADatabaseFromBeforeCounts() {
        var trial = Trial([rule(cooldown: 60)], lastFirings: ["alert": time(0), "gone": time(0)])
        trial.feed(event(id: 2, onset: 30, heard: 31, status: .complete))
        trial.feed(event(id: 3, onset: 70, heard: 71))
        #expect(trial.told == ["fired alert at 71.0"])
    }

    @Test func firingFarInTheFutureDoesNotSilenceARule() {
        var trial = Trial([rule(cooldown: 60)], lastFirings: ["alert": time(365 * 86_400)])
        trial.feed(event(heard: 1))
        #expect(trial.told == ["fired alert at 1.0"])
    }

    @Test func sourceThatIsAMomentBehindIsCoolingDownToo() {
        var trial = Trial([rule(cooldown: 60)])
        trial.feed(event(id: 1, heard: 10))
        trial.feed(event(id: 2, source: "garden", heard: 9.8))
        #expect(trial.told == ["fired alert at 10.0"])
    }

    @Test func sameLabelFromTwoSourcesIsTwoEvents() {
        var trial = Trial([rule(EventCondition(minimumDurationSeconds: 2), cooldown: 0)])
        trial.feed(event(id: 1, source: "hall", heard: 1))
        trial.feed(event(id: 2, source: "garden", heard: 1))
        #expect(trial.firings.isEmpty)
        trial.feed(event(id: 1, source: "hall", heard: 2))
        trial.feed(event(id: 2, source: "garden", heard: 2))
        trial.feed(event(id: 1, source: "hall", heard: 3))
        #expect(trial.firings.map(\.alert.group) == ["event 1", "event 2"])
    }

    // MARK: Grouping, counting, holding

    @Test func aBurstIsOneAlertWithItsEvents() {
        var trial = Trial([rule(by: .source, keep: 10, cooldown: 0)])
        for id in 1...3 {
            let onset = Double(id) * 5
            trial.feed(event(id: Int64(id), onset: onset, heard: onset + 1, status: .complete))
            trial.hear(until: onset + 4, from: onset + 2)
        }
        trial.hear(until: 40, from: 20)
        #expect(trial.told == ["fired alert at 6.0", "resolved alert at 26.0"])
        #expect(trial.firings[1].alert.events.map(\.id) == [1, 2, 3])
        #expect(trial.firings[1].alert.eventCount == 3)
    }

    @Test func aListOfEventsIsBounded() {
        var trial = Trial([rule(by: .rule, keep: 60, cooldown: 0)])
        for id in 1...80 {
            trial.feed(
                event(
                    id: Int64(id), onset: Double(id), heard: Double(id) + 0.5, status: .complete))
        }
        trial.hear(until: 200, from: 82)
        let alert = trial.firings.last?.alert
        #expect(alert?.eventCount == 80)
        #expect(alert?.events.map(\.id) == Array(31...80))
    }

    @Test func severalEventsWithinATime() {
        var trial = Trial([
            rule(
                EventCondition(count: EventCount(events: 3, withinSeconds: 20)), by: .rule,
                cooldown: 0)
        ])
        for (id, onset) in [(1, 0.0), (2, 15), (3, 25), (4, 30), (5, 31)] {
            trial.feed(event(id: Int64(id), onset: onset, heard: onset + 1, status: .complete))
        }
        trial.hear(until: 60, from: 32)
        // 15, 25 and 30 are within 20 s; at 46 the second of five is too old, at 52 the fourth.
        #expect(trial.told == ["fired alert at 31.0", "resolved alert at 46.0"])
        #expect(trial.firings[0].alert.events.map(\.id) == [2, 3, 4])
    }

    @Test func aRetractedEventDoesNotCount() {
        var trial = Trial([
            rule(EventCondition(count: EventCount(events: 2, withinSeconds: 60)), by: .rule)
        ])
        trial.feed(event(id: 1, heard: 1))
        trial.feed(event(id: 1, heard: 1.5, status: .retracted))
        trial.feed(event(id: 2, onset: 5, heard: 6))
        #expect(trial.firings.isEmpty)
        trial.feed(event(id: 3, label: "dog", onset: 7, heard: 8))
        #expect(trial.told == ["fired alert at 8.0"])
    }

    @Test func theConditionMustHold() {
        var trial = Trial([rule(by: .label, hold: 3, cooldown: 0)])
        trial.feed(event(id: 1, heard: 2, status: .complete))
        trial.feed(.heard(source: "hall", until: time(3)))
        trial.feed(event(id: 2, onset: 4, heard: 5))
        trial.feed(event(id: 2, onset: 4, heard: 6.5))
        #expect(trial.firings.isEmpty)
        trial.feed(event(id: 2, onset: 4, heard: 7))
        #expect(trial.told == ["fired alert at 7.0"])
    }

    @Test func tellsAgainWhileItLasts() {
        var trial = Trial([rule(cooldown: 0, again: 10)])
        for end in 1...25 { trial.feed(event(heard: Double(end))) }
        #expect(
            trial.told == [
                "fired alert at 1.0", "repeated alert at 11.0", "repeated alert at 21.0",
            ])
        let id = trial.firings[0].alert.id
        let decision = trial.feed(
            .acknowledged(alert: id, at: time(26), comment: "on my way"))
        #expect(decision.alerts.map(\.acknowledgement) == ["on my way"])
        for end in 26...50 { trial.feed(event(heard: Double(end))) }
        #expect(trial.firings.count == 3)
    }

    // MARK: Gates

    @Test func aLimitHoldsBack() {
        var trial = Trial([
            rule(cooldown: 0, limit: FiringLimit(count: 2, withinSeconds: 100))
        ])
        for id in 0...5 {
            let onset = Double(id) * 30
            trial.feed(event(id: Int64(id), onset: onset, heard: onset + 1, status: .complete))
        }
        #expect(
            trial.told.filter { $0.hasPrefix("fired") } == [
                "fired alert at 1.0", "fired alert at 31.0", "fired alert at 121.0",
                "fired alert at 151.0",
            ])
        #expect(trial.suppressions.last?.reason == .ruleLimit)
    }

    @Test func allRulesShareALimit() {
        var trial = Trial(
            [rule(name: "a", cooldown: 0), rule(name: "b", cooldown: 0)],
            limit: FiringLimit(count: 3, withinSeconds: 60))
        trial.feed(event(id: 1, heard: 1, status: .complete))
        trial.feed(event(id: 2, onset: 2, heard: 3, status: .complete))
        trial.feed(.heard(source: "hall", until: time(4)))
        #expect(
            trial.told.filter { $0.hasPrefix("fired") } == [
                "fired a at 1.0", "fired b at 1.0", "fired a at 3.0",
            ])
        #expect(trial.suppressions.map(\.reason) == [.globalLimit])
        #expect(trial.suppressions.map(\.rule) == ["b"])
    }

    /// The inhibitor fires by the same event, and comes first whatever its name.
    @Test func oneRuleInhibitsAnother() {
        var trial = Trial([
            rule(name: "any", cooldown: 0, unless: ["siren"]),
            rule(name: "siren", EventCondition(labels: ["siren"]), keep: 10, cooldown: 0),
        ])
        trial.feed(event(id: 1, heard: 1, status: .complete))
        trial.feed(event(id: 2, label: "dog", onset: 5, heard: 6, status: .complete))
        trial.hear(until: 20, from: 7)
        trial.feed(event(id: 3, label: "dog", onset: 20, heard: 21, status: .complete))
        #expect(
            trial.told.filter { $0.hasPrefix("fired") } == [
                "fired siren at 1.0", "fired any at 21.0",
            ])
        #expect(trial.suppressions.map(\.reason) == [.inhibited, .inhibited])
        #expect(trial.suppressions.map(\.by) == ["siren", "siren"])
    }

    @Test func aSilenceHoldsBackAndTheSoundIsToldOfWhenItEnds() {
        var trial = Trial([rule(cooldown: 0)])
        let silence = Silence(
            id: 7, createdAt: time(0), startsAt: time(0), endsAt: time(10), label: "siren")
        trial.feed(.silences([silence]))
        trial.feed(event(id: 1, label: "dog", heard: 1, status: .complete))
        trial.feed(event(id: 2, onset: 2, heard: 3, status: .complete))
        for end in 5...12 { trial.feed(event(id: 3, onset: 4, heard: Double(end))) }
        #expect(
            trial.told.filter { $0.hasPrefix("fired") } == [
                "fired alert at 1.0", "fired alert at 10.0",
            ])
        #expect(trial.suppressions.map(\.by) == ["7"])
    }

    // MARK: Gaps, clocks, restarts

    /// An event ends where audio is missing; nobody knows whether the sound does.
    @Test func missingAudioResolvesNothing() {
        var trial = Trial([rule(by: .label, keep: 5, cooldown: 0)])
        trial.feed(event(heard: 3))
        trial.feed(event(heard: 4, status: .complete))
        trial.feed(.gap(source: "hall", from: time(4), until: time(50)))
        trial.feed(.gap(source: "hall", from: time(4), until: time(100)))
        trial.feed(.heard(source: "hall", until: time(101)))
        #expect(trial.told == ["fired alert at 3.0"])
        trial.hear(until: 110, from: 102)
        #expect(trial.told.last == "resolved alert at 105.0")
    }

    /// What a rule measured before a gap says nothing about it: no gate that opens meanwhile lets
    /// it fire, nothing is repeated, and no count runs out.
    @Test func nothingFiresInAGap() {
        let laeq = LevelCondition(quantity: .laeq, windowSeconds: 2, bound: .above(60))
        var loud = levelRule(laeq, cooldown: 20)
        loud.repeatSeconds = 30
        let twice = EventCondition(count: EventCount(events: 2, withinSeconds: 30))
        var trial = Trial([loud, rule(name: "twice", twice, by: .rule, cooldown: 0)])
        trial.feed(.level(source: "hall", second(0, 70)))
        trial.feed(.level(source: "hall", second(1, 40)))
        trial.feed(.level(source: "hall", second(2, 40)))
        for start in 3..<6 { trial.feed(.level(source: "hall", second(Double(start), 70))) }
        for id in 1...2 {
            trial.feed(event(id: Int64(id), onset: 5, heard: 5.5, status: .complete))
        }
        trial.feed(.heard(source: "hall", until: time(6)))
        let told = trial.told
        #expect(told == ["fired loud at 1.0", "resolved loud at 3.0", "fired twice at 6.0"])
        for end in 7...100 {
            trial.feed(.gap(source: "hall", from: time(6), until: time(Double(end))))
        }
        #expect(trial.told == told)
        trial.feed(.level(source: "hall", second(100, 70)))
        #expect(trial.told.contains("fired loud at 101.0"))
    }

    /// An event that goes on for longer than `within` counts once.
    @Test func aLongEventCountsOnce() {
        var trial = Trial([
            rule(
                EventCondition(count: EventCount(events: 2, withinSeconds: 10)), by: .rule,
                cooldown: 0)
        ])
        for end in 1...20 {
            trial.feed(event(id: 1, heard: Double(end)))
            trial.feed(.heard(source: "hall", until: time(Double(end))))
        }
        trial.feed(event(id: 2, label: "dog", onset: 20, heard: 21, status: .complete))
        #expect(trial.firings.isEmpty)
    }

    /// What changes twice a second while an event is heard is not stored each time.
    @Test func anEventThatGoesOnChangesNothingWorthStoring() {
        var trial = Trial([
            rule(name: "a"),
            rule(
                name: "b", EventCondition(count: EventCount(events: 2, withinSeconds: 600)),
                by: .rule),
        ])
        trial.feed(event(heard: 1))
        for end in 2...200 {
            let decision = trial.feed(
                event(heard: Double(end), peak: 0.5 + 0.002 * Double(end)))
            #expect(decision.isEmpty)
        }
    }

    /// Of a rule that keeps an alert for each of very many events, the oldest are over sooner.
    @Test func alertsOfARuleAreBounded() {
        var trial = Trial([rule(keep: 86_400, cooldown: 0)])
        for id in 1...300 {
            let onset = Double(id)
            trial.feed(event(id: Int64(id), onset: onset, heard: onset + 0.5, status: .complete))
        }
        trial.feed(.heard(source: "hall", until: time(302)))
        #expect(trial.engine.alerts.count <= 101)
    }

    @Test func aClockThatIsSetChangesNoDuration() {
        var trial = Trial([rule(by: .label, hold: 4, keep: 5, cooldown: 60)])
        trial.feed(event(heard: 2))
        trial.feed(.clockStepped(source: "hall", seconds: -1_000))
        // The times of an event are counted from its onset.
        trial.feed(event(heard: 3.5))
        #expect(trial.firings.isEmpty)
        trial.feed(event(heard: 4.5))
        #expect(trial.told == ["fired alert at -995.5"])
        trial.feed(event(heard: 5, status: .complete))
        trial.hear(until: -985, from: -994)
        #expect(trial.told.last == "resolved alert at -990.0")
        trial.feed(event(id: 2, onset: -950, heard: -940, status: .complete))
        #expect(trial.firings.count == 2)
        trial.feed(event(id: 3, onset: -930, heard: -920, status: .complete))
        #expect(trial.firings.last?.at == time(-920))
    }

    /// A source that is gone is not missed because the past knows it.
    @Test func aSourceThatIsGoneIsNotRecalled() {
        var orphans: [Alert] = []
        let laeq = LevelCondition(quantity: .laeq, windowSeconds: 60, bound: .above(90))
        var engine = RuleEngine(
            rules: RuleSet(rules: [levelRule(laeq), boxRule(.noAudio(seconds: 10))]),
            sources: ["garden"], orphans: &orphans)
        for start in 0..<5 { engine.recall(.level(source: "hall", second(Double(start), 50))) }
        var fired: [String?] = []
        for second in 10...40 {
            fired += engine.process(.heard(source: "garden", until: time(Double(second)))).firings
                .map(\.alert.source)
            fired += engine.process(.tick(at: time(Double(second)), elapsed: 1)).firings
                .map(\.alert.source)
        }
        #expect(fired.isEmpty)
    }

    @Test func alertsOfRulesAndSourcesThatAreGoneAreOver() {
        var trial = Trial([rule(name: "a"), rule(name: "b", by: .source), rule(name: "c")])
        trial.feed(event(heard: 1))
        let records = ["a", "b", "c"].compactMap { trial.engine.record(of: $0) }
        var orphans: [Alert] = []
        let other = rule(name: "c", EventCondition(labels: ["dog"]))
        _ = RuleEngine(
            rules: RuleSet(rules: [rule(name: "b", by: .source), other]), records: records,
            sources: ["garden"], orphans: &orphans)
        #expect(orphans.map(\.rule) == ["a", "c", "b"])
    }

    /// An alert of several sources does not wait for ever for one that is gone.
    @Test func anAlertOfSeveralSourcesOutlivesOneOfThem() {
        var trial = Trial([rule(by: .rule)])
        trial.feed(event(id: 1, source: "garden", heard: 1))
        trial.feed(event(id: 2, source: "hall", heard: 1.5))
        var orphans: [Alert] = []
        var engine = RuleEngine(
            rules: RuleSet(rules: [rule(by: .rule)]),
            records: [trial.engine.record(of: "alert")].compactMap(\.self),
            sources: ["garden"], orphans: &orphans)
        #expect(orphans.isEmpty)
        _ = engine.process(.began(source: "garden", at: time(10)))
        let decision = engine.process(.heard(source: "garden", until: time(11)))
        #expect(engine.alerts.isEmpty, "\(decision)")
    }

    @Test func aReloadWithTheSameRulesChangesNothing() {
        let rules = [rule(name: "a", hold: 3), rule(name: "b", by: .source, hold: 3)]
        var trial = Trial(rules)
        trial.feed(event(heard: 2))
        var orphans: [Alert] = []
        trial.engine.replaceRules(RuleSet(rules: rules.reversed()), orphans: &orphans)
        #expect(orphans.isEmpty)
        trial.feed(event(heard: 3))
        #expect(trial.told == ["fired a at 3.0", "fired b at 3.0"])
    }

    @Test func whatCannotBeReadCountsAsNothingRemembered() {
        var orphans: [Alert] = []
        let record = RuleRecord(rule: "alert", json: "{\"about\": 3")
        var engine = RuleEngine(
            rules: RuleSet(rules: [rule()]), records: [record], orphans: &orphans)
        #expect(engine.unreadable == ["alert"])
        #expect(engine.process(.event(event(heard: 1))).firings.count == 1)
    }
}

/// What time alone changes is looked at when it is due, and not before: whatever else is heard.
@Suite struct CalmTests {
    /// What a gap cut off has ended; another sound of the same rule comes first.
    @Test func aTrackIsNotForgottenBecauseOfAnother() {
        var trial = Trial([
            rule(EventCondition(labels: ["dog_bark", "siren"]), by: .label, hold: 30, cooldown: 0)
        ])
        trial.feed(.began(source: "hall", at: time(0)))
        for second in 1...5 {
            trial.feed(
                .event(event(id: 1, label: "dog_bark", onset: 0, heard: Double(second))))
        }
        trial.feed(
            .event(event(id: 1, label: "dog_bark", onset: 0, heard: 5, status: .complete)))
        trial.feed(.gap(source: "hall", from: time(5), until: time(10)))
        for second in 11...60 {
            trial.feed(
                .event(event(id: 2, label: "siren", onset: 10.2, heard: Double(second))))
        }
        trial.feed(
            .event(event(id: 2, label: "siren", onset: 10.2, heard: 60, status: .complete)))
        trial.feed(.heard(source: "hall", until: time(70)))
        trial.feed(.event(event(id: 3, label: "dog_bark", onset: 70.1, heard: 71)))
        trial.feed(.heard(source: "hall", until: time(71)))
        #expect(trial.firings.filter { $0.occasion == .fired }.count == 1)
        #expect(trial.firings.first?.alert.events.map(\.label) == ["siren"])
    }

    /// A source that begins anew leaves its events in the alert as they were last heard.
    @Test func theNewestStateOfAnEventStaysInItsAlert() throws {
        var trial = Trial([rule()])
        trial.feed(.began(source: "hall", at: time(0)))
        for second in 1...9 {
            trial.feed(
                .event(event(heard: Double(second), peak: 0.5 + Double(second) / 20)))
        }
        trial.feed(.began(source: "hall", at: time(10)))
        trial.feed(.heard(source: "hall", until: time(11)))
        let resolved = try #require(trial.firings.last { $0.occasion == .resolved })
        #expect(resolved.alert.events.map(\.heardUntil) == [time(9)])
        #expect(resolved.alert.events.map(\.confidence) == [0.95])
    }

    /// A rule that has held for most of its time needs only the rest when seconds are left out.
    @Test func timeInWhichNothingHadToBeLookedAtCounts() {
        var trial = Trial([
            levelRule(
                LevelCondition(
                    quantity: .laeq, windowSeconds: 1, bound: .above(60), excluded: ["bird"]),
                hold: 60)
        ])
        for second in 0..<140 {
            if (50..<60).contains(second) {
                trial.feed(
                    .event(event(label: "bird", onset: 50, heard: Double(second + 1))))
            } else if second == 60 {
                trial.feed(
                    .event(event(label: "bird", onset: 50, heard: 60, status: .complete)))
            }
            trial.feed(.level(source: "hall", loudSecond(Double(second))))
        }
        // Ten seconds are left out, and each counts three seconds after it was measured.
        #expect(trial.told.first.map { $0.hasPrefix("fired loud at 7") } == true)
    }

    /// Of more alerts than a rule may have, those are over that need not be kept.
    @Test func alertsThatNeedNotBeKeptMakeRoom() {
        var trial = Trial([rule(keep: 1_000, cooldown: 0)])
        trial.feed(.began(source: "hall", at: time(0)))
        for id in 1...130 {
            let start = Double(id)
            trial.feed(
                .event(
                    event(
                        id: Int64(id), label: "label \(id)", onset: start, heard: start + 0.5,
                        status: id <= 90 ? .complete : .open)))
            trial.feed(.heard(source: "hall", until: time(start + 0.9)))
        }
        #expect(trial.engine.alerts.count <= 101)
    }
}

private func loudSecond(_ start: Double) -> LevelSecond { second(start, 70) }
