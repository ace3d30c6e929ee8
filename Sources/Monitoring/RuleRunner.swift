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
            lastAlertID: store.nextAlertID() - 1, orphans: &orphans)
        for observation in remembered.history { engine.recall(observation) }
        // What no rule remembers, because what it remembered was lost, nobody would ever end.
        let known = Set(engine.alerts.map(\.id) + orphans.map(\.id))
        orphans += remembered.unresolved.filter { !known.contains($0.id) }
        state = Mutex(State(engine: engine, rules: rules))
        end(orphans, keeping: rules, remembered.records)
        take(remembered.controls)
        resume(remembered.unfinished, rules)
    }

    static func isOfInterest(_ message: AnalysisMessage) -> Bool {
        switch message {
        case .began, .event, .level, .heard, .gap, .clockStepped, .ended: true
        case .listening, .picture, .scores: false
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

    /// Whether the free space of the disk matters.
    var watchesDisk: Bool { state.withLock { $0.rules.watchesDisk } }

    /// Puts other rules in the place of those there are.
    ///
    /// - Parameter history: the past that the windows of new rules are filled with
    func replaceRules(_ rules: RuleSet, history: [Observation]) {
        let (orphans, gone) = state.withLock { state in
            var orphans: [Alert] = []
            let names = Set(rules.rules.map(\.name))
            let gone = state.rules.rules.map(\.name).filter { !names.contains($0) }
            state.engine.replaceRules(rules, orphans: &orphans)
            for observation in history { state.engine.recall(observation) }
            state.rules = rules
            return (orphans, gone.map { RuleRecord(rule: $0, json: "") })
        }
        end(orphans, keeping: rules, gone)
    }
}

extension RuleRunner {
    /// Stores a decision, and orders what is to be done. Called under the lock, so that what comes
    /// next comes after it.
    private func apply(_ decision: Decision, _ engine: RuleEngine) {
        guard !decision.isEmpty else { return }
        var changes = AlertChanges(
            alerts: decision.alerts,
            rules: decision.changedRules.sorted().compactMap(engine.record),
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
        switch firing.occasion {
        case .fired: logger.notice("rule \(alert.rule) fires, alert \(alert.id)\(about)")
        case .repeated: logger.info("rule \(alert.rule): alert \(alert.id) lasts")
        case .resolved:
            let why = alert.resolution?.rawValue ?? ""
            logger.info("rule \(alert.rule): alert \(alert.id) is over, \(why)")
        }
    }

    /// Stores that alerts are over, and that rules that are gone remember nothing.
    private func end(_ orphans: [Alert], keeping rules: RuleSet, _ records: [RuleRecord]) {
        let names = Set(rules.rules.map(\.name))
        let gone = records.filter { !names.contains($0.rule) }
            .map { RuleRecord(rule: $0.rule, json: "") }
        let over = orphans.map { alert in
            var alert = alert
            (alert.resolvedAt, alert.resolution) = (.now(), .removed)
            return alert
        }
        let changes = AlertChanges(alerts: over, rules: gone)
        if !changes.isEmpty { writer.addAtOnce(.alerts(changes)) }
    }

    /// Orders what an earlier monitor did not do to its end. What is done is taken from the rules
    /// as they are now: no command comes out of the database.
    private func resume(_ unfinished: [HookRun], _ rules: RuleSet) {
        for run in unfinished where !run.input.isEmpty {
            let rule = rules.rules.first { $0.name == run.rule }
            guard let action = rule?.actions.first(where: { $0.name == run.action }) else {
                var dropped = run
                dropped.outcome = .dropped
                dropped.outputTail =
                    rule == nil
                    ? "not attempted again: there is no rule of this name any more"
                    : "not attempted again: the rule has no action of this name any more"
                writer.addAtOnce(.hookRun(dropped))
                continue
            }
            var next = run
            next.id = store.nextHookRunID()
            next.attempt += 1
            (next.outcome, next.outputTail) = (.waiting, "")
            (next.exitStatus, next.signal, next.durationSeconds) = (nil, nil, nil)
            writer.addAtOnce(.hookRun(next))
            logger.notice(
                "rule \(run.rule), alert \(run.alertID): action \(run.action) is attempted again")
            order.yield((next, action))
        }
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
        case .gap(let gap, _): self = .gap(source: gap.source, from: gap.start, until: gap.end)
        case .clockStepped(let source, let seconds, _):
            self = .clockStepped(source: source, seconds: seconds)
        case .ended(let source, _, let failure):
            // What failed is missed; what ended in order is not.
            guard failure == nil else { return nil }
            self = .ended(source: source)
        case .listening, .picture, .scores: return nil
        }
    }
}
