internal import Actions
internal import AlertTypes
internal import EventStore
internal import HostSystem
internal import Listening
internal import Logging
internal import Rules
internal import SoundTypes
internal import Synchronization
internal import Timekeeping

/// Shows the rules what is heard, stores what they decide, and hands on what is to be done.
///
/// A decision is stored as one change, before anything of it is carried out. It is made under a
/// lock, in the order in which messages, ticks, silences and new rules come in; nothing waits in
/// between.
final class RuleRunner: Sendable {
    /// Messages that may wait. Rules are quick, so messages never wait long.
    static let capacity = 8_192

    private struct State {
        var engine: RuleEngine
        var rules: RuleSet
        var minutes = MinuteHistograms()
        var lastTick = ContinuousClock.now
    }

    private let store: EventStore
    private let writer: StoreWriter
    private let logger: Logger
    private let state: Mutex<State>
    /// What is to be done, in order. Each is in the ledger, and the runner of actions bounds how
    /// many may wait.
    private let orders: AsyncStream<(HookRun, Action)>
    private let order: AsyncStream<(HookRun, Action)>.Continuation

    /// Goes on where an earlier monitor stopped: what the rules remember, and what is still to be
    /// done.
    init(
        rules: RuleSet, sources: Set<String>, remembered: RememberedRules, store: EventStore,
        writer: StoreWriter, logger: Logger
    ) {
        (self.store, self.writer, self.logger) = (store, writer, logger)
        (orders, order) = AsyncStream.makeStream()
        var orphans: [Alert] = []
        var engine = RuleEngine(
            rules: rules, records: remembered.records, lastFirings: remembered.lastFirings,
            heardUntil: remembered.heardUntil, sources: sources,
            lastAlertID: store.lastAlertID, orphans: &orphans)
        for rule in engine.unreadable {
            logger.about(.rule, rule).error(
                "rule \(rule): what it remembered cannot be read; it begins anew")
        }
        for observation in remembered.history { engine.recall(observation) }
        // What no rule remembers, because what it remembered was lost, nobody would ever end.
        let known = Set(engine.alerts.map(\.id) + orphans.map(\.id))
        orphans += remembered.unresolved.filter { !known.contains($0.id) }
        state = Mutex(State(engine: engine, rules: rules))
        end(orphans, rules, gone: remembered.records.map(\.rule))
        take(remembered.controls)
        resume(remembered.unfinished, rules)
    }

    static func isOfInterest(_ message: AnalysisMessage) -> Bool {
        switch message {
        case .began, .event, .level, .heard, .gap, .effort, .clockStepped, .ended: true
        case .listening, .picture, .scores, .drift: false
        }
    }

    /// Runs until no more messages come.
    func run(_ subscription: MessageSubscription) async {
        while let delivery = await subscription.next() {
            guard case .message(let message) = delivery else { continue }
            if case .level(let source, let record) = message {
                let minute = state.withLock { state in
                    state.rules.usesPercentiles ? state.minutes.add(record, of: source) : nil
                }
                if let minute { take(minute) }
            }
            if case .clockStepped(let source, _, _) = message {
                state.withLock { $0.minutes.forget(source) }
            }
            if let observation = Observation(message) { take(observation) }
        }
    }

    /// Hands what is to be done to `actions`, until `finish` was called.
    func carryOut(with actions: ActionRunner) async {
        for await (run, action) in orders { await actions.submit(run, action) }
    }

    /// Nothing more comes.
    func finish() {
        order.finish()
    }

    /// Shows the rules an observation.
    func take(_ observation: Observation) {
        state.withLock { state in
            apply(state.engine.process(observation, decidedAt: .now()), state.engine)
        }
    }

    /// What the owner has said holds from now on.
    func take(_ controls: OwnerControls) {
        take(.silences(controls.silences))
        for known in controls.acknowledgements {
            take(.acknowledged(alert: known.alert, at: known.time, comment: known.comment))
        }
    }

    /// A second, or so, has passed.
    func tick() {
        state.withLock { state in
            let now = ContinuousClock.now
            let elapsed = (now - state.lastTick) / .seconds(1)
            state.lastTick = now
            apply(state.engine.process(.tick(at: .now(), elapsed: elapsed)), state.engine)
        }
    }

    /// How many rules there are, and the alerts that last, the oldest first.
    var overview: (ruleCount: Int, alerts: [Alert]) {
        state.withLock { ($0.rules.rules.count, $0.engine.alerts) }
    }

    /// Whether the free space of the disk matters.
    var watchesDisk: Bool { state.withLock { $0.rules.watchesDisk } }

    /// Puts other rules in the place of those there are.
    ///
    /// - Parameter history: the past that the windows of new rules are filled with
    func replaceRules(_ rules: RuleSet, history: [Observation]) {
        let (orphans, before) = state.withLock { state in
            var orphans: [Alert] = []
            let before = state.rules.rules.map(\.name)
            state.engine.replaceRules(rules, orphans: &orphans)
            for observation in history { state.engine.recall(observation) }
            state.rules = rules
            return (orphans, before)
        }
        end(orphans, rules, gone: before)
    }
}

extension RuleRunner {
    /// Stores a decision, and orders what is to be done. Called under the lock, so that what comes
    /// next comes after it.
    private func apply(
        _ decision: Decision, _ engine: RuleEngine, forgotten: [RuleRecord] = []
    ) {
        guard !decision.isEmpty || !forgotten.isEmpty else { return }
        var changes = AlertChanges(
            alerts: decision.alerts,
            rules: decision.changedRules.sorted().compactMap(engine.record) + forgotten,
            suppressions: decision.suppressions)
        var due: [(HookRun, Action)] = []
        for firing in decision.firings {
            report(firing)
            let input = firing.actions.isEmpty ? "" : AlertMessage.stored(firing)
            for action in firing.actions {
                let run = HookRun(
                    id: store.nextHookRunID(), firing, action, input: input)
                due.append((run, action))
            }
        }
        changes.runs = due.map(\.0)
        writer.addAtOnce(.alerts(changes))
        for (run, action) in due { order.yield((run, action)) }
    }

    private func report(_ firing: Firing) {
        let alert = firing.alert
        let about = firing.event.map { ": \($0.label), event \($0.id)" } ?? ""
        let logger = logger.about(.rule, alert.rule).about(.alert, alert.id)
        switch firing.occasion {
        case .fired:
            let log = firing.event.map { logger.about(.event, $0.id) } ?? logger
            log.notice("rule \(alert.rule) fires, alert \(alert.id)\(about)")
        case .repeated: logger.info("rule \(alert.rule): alert \(alert.id) lasts")
        case .resolved:
            let why = alert.resolution?.rawValue ?? ""
            logger.info("rule \(alert.rule): alert \(alert.id) is over, \(why)")
        }
    }

    /// Stores that alerts are over because what they were about is gone, and what their rules
    /// remember now. A rule that is still there tells that they are.
    ///
    /// - Parameter names: rules that there were; those that are gone remember nothing
    private func end(_ orphans: [Alert], _ rules: RuleSet, gone names: [String]) {
        let byName = Dictionary(uniqueKeysWithValues: rules.rules.map { ($0.name, $0) })
        let over = orphans.map { alert in
            var alert = alert
            (alert.resolvedAt, alert.resolution) = (.now(), .removed)
            return alert
        }
        state.withLock { state in
            var decision = Decision()
            decision.alerts = over
            decision.changedRules = Set(over.map(\.rule))
            decision.firings = over.compactMap { alert in
                guard let rule = byName[alert.rule] else { return nil }
                let actions = rule.actions.filter { $0.occasions.contains(.resolved) }
                return Firing(alert: alert, occasion: .resolved, actions: actions, at: .now())
            }
            let forgotten = names.filter { byName[$0] == nil }
                .map { RuleRecord(rule: $0, json: "") }
            apply(decision, state.engine, forgotten: forgotten)
        }
    }

    /// Orders what an earlier monitor did not do to its end. What is done is taken from the rules
    /// as they are now: no command comes out of the database.
    private func resume(_ unfinished: [HookRun], _ rules: RuleSet) {
        for run in unfinished where !run.input.isEmpty {
            var run = run
            let rule = rules.rules.first { $0.name == run.rule }
            let action = rule?.actions.first { $0.name == run.action }
            guard let action, let next = run.next(id: store.nextHookRunID(), of: action) else {
                run.outcome = .dropped
                run.outputTail = "not attempted again: " + Self.obstacle(rule, action)
                writer.addAtOnce(.hookRun(run))
                continue
            }
            writer.addAtOnce(.hookRun(next))
            run.input = ""
            writer.addAtOnce(.hookRun(run))
            logger.about(next).notice(
                "rule \(run.rule), alert \(run.alertID): action \(run.action) is attempted again")
            order.yield((next, action))
        }
    }

    private static func obstacle(_ rule: Rule?, _ action: Action?) -> String {
        switch (rule, action) {
        case (nil, _): "there is no rule of this name any more"
        case (_, nil): "the rule has no action of this name any more"
        default: "it was interrupted too often"
        }
    }
}

extension HookRun {
    /// Interrupted attempts beyond those that an action may have: one that ends the monitor must
    /// not end it for ever.
    private static let interruptions = 5

    /// The attempt that follows an interrupted one; `nil` if there have been too many.
    fileprivate func next(id: Int64, of action: Action) -> HookRun? {
        guard attempt <= action.retries.count + Self.interruptions else { return nil }
        return HookRun(
            id: id, rule: rule, alertID: alertID, action: self.action, occasion: occasion,
            attempt: attempt + 1, eventID: eventID, firedAt: firedAt, startedAt: .now(),
            dueAt: dueAt, input: input, isTest: isTest)
    }
}

extension Observation {
    /// `nil` if it is nothing to the rules.
    fileprivate init?(_ message: AnalysisMessage) {
        switch message {
        case .began(let source, let since, _): self = .began(source: source, at: since)
        case .event(let event): self = .event(event)
        case .level(let source, let record):
            self = .level(source: source, LevelSecond(record))
        case .heard(let source, _, let until): self = .heard(source: source, until: until)
        case .gap(let gap, _):
            // What is not analysed in full is heard.
            guard !gap.cause.isPartial else { return nil }
            self = .gap(source: gap.source, from: gap.start, until: gap.end)
        case .effort(let source, let effort, let time):
            self = .recognition(
                source: source, isOn: !effort.omits.contains(.unrecognised), at: time)
        case .clockStepped(let source, let seconds, _):
            self = .clockStepped(source: source, seconds: seconds)
        case .ended(let source, _, let failure):
            // What failed is missed; what ended in order is not.
            guard failure == nil else { return nil }
            self = .ended(source: source)
        case .listening, .picture, .scores, .drift: return nil
        }
    }
}
