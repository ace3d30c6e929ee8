import AlertTypes
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// A monitor that is stopped and started, whose rules are loaded again, and whose clock is set,
/// gives the alerts of one to which nothing of this happened. Random timelines; a failure names its
/// seed.
@Suite struct RestartTests {
    @Test(arguments: 1...40)
    func restartsAndReloadsChangeNothing(seed: UInt64) {
        compare(RandomTimeline(seed: seed, setsClock: false), seed)
    }

    @Test(arguments: 1_001...1_040)
    func aClockThatIsSetChangesNothing(seed: UInt64) {
        compare(RandomTimeline(seed: seed, setsClock: true), seed)
    }

    /// The engine does not look at a rule while nothing about it can change. Silences make it look
    /// at all of them again: here the same ones, at each observation, which changes nothing.
    @Test(arguments: 2_001...2_120)
    func lookingAgainChangesNothing(seed: UInt64) {
        let timeline = RandomTimeline(seed: seed, setsClock: seed.isMultiple(of: 2))
        var (plain, watchful) = (Run(rules: .random(seed: seed)), Run(rules: .random(seed: seed)))
        watchful.looksAgain = true
        plain.live(timeline, isInterrupted: false)
        watchful.live(timeline, isInterrupted: false)
        let difference = zip(plain.lines + ["-"], watchful.lines + ["-"]).first { $0 != $1 }
        #expect(difference == nil, "seed \(seed), as it is and looking again")
        let suppressed = (plain.suppressed, watchful.suppressed)
        #expect(suppressed.0 == suppressed.1, "seed \(seed)")
    }

    /// The timelines try what they are meant to try.
    @Test func theTimelinesAreEventful() {
        var occasions: [Occasion: Int] = [:]
        var (restarts, resolutions, reasons) = (0, Set<Alert.Resolution>(), Set<String>())
        for seed in UInt64(1)...60 {
            let timeline = RandomTimeline(seed: seed, setsClock: false)
            restarts += timeline.steps.count { if case .restart = $0 { true } else { false } }
            var run = Run(rules: .random(seed: seed))
            run.live(timeline, isInterrupted: false)
            for firing in run.firings { occasions[firing.occasion, default: 0] += 1 }
            resolutions.formUnion(run.alerts.values.compactMap(\.resolution))
            reasons.formUnion(run.suppressed.keys)
        }
        #expect(restarts > 100)
        #expect(Occasion.allCases.allSatisfy { occasions[$0, default: 0] > 100 })
        #expect(resolutions == [.cleared, .retracted])
        #expect(reasons.contains { $0.hasSuffix("silenced") })
        #expect(reasons.contains { $0.hasSuffix("inhibited") })
        #expect(reasons.contains { $0.hasSuffix("global_limit") })
    }

    private func compare(_ timeline: RandomTimeline, _ seed: UInt64) {
        let rules = RuleSet.random(seed: seed)
        var (plain, interrupted) = (Run(rules: rules), Run(rules: rules))
        plain.live(timeline, isInterrupted: false)
        interrupted.live(timeline, isInterrupted: true)
        // What happens at one moment may come in another order: sources begin one after another.
        let difference = zip(plain.lines.sorted() + ["-"], interrupted.lines.sorted() + ["-"])
            .first { $0 != $1 }
        #expect(difference == nil, "seed \(seed), uninterrupted and interrupted")
        let suppressed = (plain.suppressed, interrupted.suppressed)
        #expect(suppressed.0 == suppressed.1, "seed \(seed)")
    }
}

/// A monitor, as far as its rules are concerned, and what it stored.
private struct Run {
    private let rules: RuleSet
    private var engine: RuleEngine
    private(set) var firings: [Firing] = []
    /// The newest state of each.
    private(set) var alerts: [Int64: Alert] = [:]
    private(set) var suppressed: [String: Int] = [:]
    private var counts: [String: Int] = [:]
    private var records: [String: RuleRecord] = [:]
    /// With the times of a clock that was never set.
    private var past: [Observation] = []
    private var heardUntil: [String: UTCTime] = [:]
    /// Whether the engine is made to look at all rules at each observation.
    var looksAgain = false
    private var silences = Observation.silences([])
    /// How far the clock has been set.
    private var offset = 0.0
    /// How far it had been set when each event began: its times are counted from its onset.
    private var eventOffsets: [Int64: Double] = [:]
    /// What the owner was told, with the times of a clock that was never set.
    private(set) var lines: [String] = []

    init(rules: RuleSet) {
        self.rules = rules
        var orphans: [Alert] = []
        engine = RuleEngine(rules: rules, sources: Set(RandomTimeline.sources), orphans: &orphans)
    }

    mutating func live(_ timeline: RandomTimeline, isInterrupted: Bool) {
        for step in timeline.steps {
            switch step {
            case .observe(let observation):
                past.append(observation)
                take(moved(observation))
            case .restart: if isInterrupted { restart() }
            case .reload: if isInterrupted { reload() }
            case .setClock(let seconds): if isInterrupted { setClock(by: seconds) }
            case .acknowledge(let second):
                guard let newest = alerts.keys.max() else { continue }
                take(.acknowledged(alert: newest, at: time(second), comment: ""))
            }
        }
    }

    private mutating func take(_ observation: Observation) {
        if looksAgain { store(engine.process(silences)) }
        if case .silences = observation { silences = observation }
        note(observation)
        store(engine.process(observation))
    }

    /// The same on the clock as it was set.
    private mutating func moved(_ observation: Observation) -> Observation {
        if case .event(let event) = observation {
            let offset = eventOffsets[event.id] ?? offset
            eventOffsets[event.id] = offset
            return observation.moved(by: offset)
        }
        return observation.moved(by: offset)
    }

    private mutating func note(_ observation: Observation) {
        switch observation {
        case .heard(let source, let until), .gap(let source, _, let until),
            .began(let source, let until):
            heardUntil[source] = max(heardUntil[source] ?? until, until)
        default: break
        }
    }

    private mutating func store(_ decision: Decision) {
        for rule in decision.changedRules { records[rule] = engine.record(of: rule) }
        for alert in decision.alerts { alerts[alert.id] = alert }
        for suppression in decision.suppressions {
            let key = "\(suppression.rule) \(suppression.reason.rawValue)"
            suppressed[key, default: 0] += 1
        }
        firings += decision.firings
        lines += decision.firings.map { firing in
            let at = seconds(firing.at) - offset
            let events = firing.alert.events.map { "\($0.id)@\($0.confidence)" }
                .joined(separator: " ")
            return "\(firing.occasion.rawValue) \(firing.alert.id) \(firing.alert.rule) "
                + "\(firing.alert.group) at \((at * 1_000).rounded()) of \(events) "
                + "\(firing.alert.resolution?.rawValue ?? "-") \(firing.alert.readings)"
        }
    }

    /// Starts again with what is stored: states of rules, the newest alert, and the past of levels.
    private mutating func restart() {
        var orphans: [Alert] = []
        engine = RuleEngine(
            rules: rules, records: Array(records.values), heardUntil: heardUntil,
            sources: Set(RandomTimeline.sources), lastAlertID: alerts.keys.max() ?? 0,
            orphans: &orphans)
        for observation in past.suffix(2_000) { engine.recall(observation.moved(by: offset)) }
        // What the monitor reads from the database at its start.
        let controls = past.last {
            if case .silences = $0 { true } else { false }
        }
        if let controls { _ = engine.process(controls) }
        tick()
    }

    /// Loads the same rules in another order, and one that never fires.
    private mutating func reload() {
        var orphans: [Alert] = []
        let never = Rule(
            name: "a", condition: .event(EventCondition(labels: ["unicorn"])), actions: [notify])
        engine.replaceRules(
            RuleSet(rules: rules.rules.reversed() + [never], limit: rules.limit),
            orphans: &orphans)
    }

    /// The wall clock says what it said last.
    private mutating func tick() {
        let tick = past.last {
            if case .tick = $0 { true } else { false }
        }
        guard case .tick(let time, _) = tick else { return }
        take(.tick(at: time.adding(seconds: offset), elapsed: 0))
    }

    private mutating func setClock(by seconds: Double) {
        offset += seconds
        for source in RandomTimeline.sources {
            take(.clockStepped(source: source, seconds: seconds))
            heardUntil[source] = heardUntil[source]?.adding(seconds: seconds)
        }
        tick()
    }
}

extension Observation {
    /// The same on a clock that was set.
    fileprivate func moved(by offset: Double) -> Observation {
        func moved(_ time: UTCTime) -> UTCTime { time.adding(seconds: offset) }
        switch self {
        case .began(let source, let time): return .began(source: source, at: moved(time))
        case .event(var event):
            event.onset = moved(event.onset)
            event.heardUntil = moved(event.heardUntil)
            return .event(event)
        case .level(let source, var second):
            second.start = moved(second.start)
            return .level(source: source, second)
        case .heard(let source, let until): return .heard(source: source, until: moved(until))
        case .gap(let source, let from, let until):
            return .gap(source: source, from: moved(from), until: moved(until))
        case .tick(let time, let elapsed): return .tick(at: moved(time), elapsed: elapsed)
        default: return self
        }
    }
}
