public import AlertTypes
internal import HostSystem
public import Rules
internal import Synchronization
internal import Timekeeping

/// Carries out what firings ask for.
///
/// A run is in the ledger, `.waiting`, before it is submitted, and each new state of it is recorded
/// there, so none disappears. At most `HookLimits.concurrency` actions run at once, and of each
/// action as many as its mode allows. Up to `HookLimits.queue` runs wait, in order, those that are
/// attempted again included; any more are dropped.
///
/// Call `drain(grace:)` before the monitor ends.
public actor ActionRunner {
    private struct Order: Sendable {
        var run: HookRun
        var action: Action
        var notBefore: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant

        /// What its mode is about.
        func isOfSameAction(as other: Order) -> Bool {
            run.rule == other.run.rule && action.name == other.action.name
        }
    }

    private struct Work {
        let order: Order
        let stop: AsyncStream<Void>.Continuation
        var isSuperseded = false
    }

    private let limits: HookLimits
    private let ledger: any HookLedger
    private let log: any ActionLog
    private let clock = ContinuousClock()
    private var waiting: [Order] = [] {
        didSet { counts.withLock { $0.waiting = waiting.count } }
    }
    private var running: [Int64: Work] = [:] {
        didSet { counts.withLock { $0.running = running.count } }
    }
    private nonisolated let counts = Mutex(Load())
    private var phase = Phase.accepting
    /// The actions of the rules as they are now, by rule and name; `nil`: those that came with the
    /// runs.
    private var actions: [String: [String: Action]]?
    private var whenIdle: [CheckedContinuation<Void, Never>] = []
    /// Goes off when one of those that wait is due, or too late.
    private var alarm: Task<Void, Never>?

    private enum Phase { case accepting, draining, stopping }

    public init(
        limits: HookLimits = HookLimits(), ledger: any HookLedger, log: any ActionLog
    ) {
        self.limits = limits
        self.ledger = ledger
        self.log = log
    }

    /// The numbers of actions that run, and of runs that wait.
    public struct Load: Sendable {
        public var running = 0
        public var waiting = 0
    }

    /// As it is now. Any thread may ask, and waits for nobody.
    public nonisolated var load: Load { counts.withLock { $0 } }

    /// From now on, what waits is carried out as these rules say, and dropped if they have no such
    /// action any more.
    public func use(_ rules: RuleSet) {
        actions = Dictionary(
            uniqueKeysWithValues: rules.rules.map { rule in
                (rule.name, Dictionary(uniqueKeysWithValues: rule.actions.map { ($0.name, $0) }))
            })
    }

    /// The action of a run as it is now; `nil` if there is none any more.
    private func current(_ order: Order) -> Action? {
        guard let actions else { return order.action }
        return actions[order.run.rule]?[order.run.action]
    }

    /// Takes a run that is in the ledger as waiting, and carries it out now or when its turn comes.
    /// Once `drain` was called, it stays there as it is.
    ///
    /// It expires `Action.expirySeconds` after `run.dueAt`, and so do further attempts, also those
    /// after a restart.
    public func submit(_ run: HookRun, _ action: Action) async {
        guard phase == .accepting else { return }
        let now = clock.now
        let age = max(0, UTCTime.now().seconds(since: run.dueAt))
        let order = Order(
            run: run, action: action, notBefore: now,
            deadline: now + .seconds(action.expirySeconds - age))
        if case .single = action.mode, let other = whatHolds(order) {
            await drop(order, "not started: \(other)")
            return
        }
        let superseded = supersede(with: order)
        if waiting.count < limits.queue || canStart(order, now) {
            waiting.append(order)
        } else {
            await drop(order, "not started: \(waiting.count) runs are waiting")
        }
        for older in superseded { await drop(older, "not started: run \(run.id) has come") }
        await advance()
    }

    /// Accepts no more runs, and returns when every action has ended.
    ///
    /// Those running or due have `grace`. After that, actions still running are stopped (their runs
    /// are `interrupted`), and runs still waiting stay so in the ledger, for the next start.
    public func drain(grace: Duration) async {
        phase = .draining
        let deadline = clock.now + grace
        while isBusy(until: deadline), clock.now < deadline {
            // A cancelled caller waits no longer.
            if await !pause(min(.milliseconds(20), deadline - clock.now)) { break }
        }
        phase = .stopping
        alarm?.cancel()
        waiting = []
        for work in running.values { work.stop.yield() }
        guard !running.isEmpty else { return }
        await withCheckedContinuation { whenIdle.append($0) }
    }

    private func isBusy(until deadline: ContinuousClock.Instant) -> Bool {
        !running.isEmpty || waiting.contains { $0.notBefore < deadline }
    }

    /// What of the same action is at work, also between two attempts.
    private func whatHolds(_ order: Order) -> String? {
        if let work = running.values.first(where: { $0.order.isOfSameAction(as: order) }) {
            return "run \(work.order.run.id) of the action is still running"
        }
        return waiting.first { $0.isOfSameAction(as: order) }.map {
            "run \($0.run.id) of the action is still waiting"
        }
    }

    /// Takes the place of all that is older, if the mode is so. Returns what was waiting.
    private func supersede(with order: Order) -> [Order] {
        guard case .restart = order.action.mode else { return [] }
        for (id, work) in running where work.order.isOfSameAction(as: order) {
            running[id]?.isSuperseded = true
            work.stop.yield()
        }
        let older = waiting.filter { $0.isOfSameAction(as: order) }
        waiting.removeAll { $0.isOfSameAction(as: order) }
        return older
    }

    private func canStart(_ order: Order, _ now: ContinuousClock.Instant) -> Bool {
        order.notBefore <= now && running.count < limits.concurrency
            && running.values.count { $0.order.isOfSameAction(as: order) } < order.action.limit
    }

    /// Starts what can start, and drops what is too late.
    private func advance() async {
        let now = clock.now
        let late = waiting.filter { $0.deadline < now }
        waiting.removeAll { $0.deadline < now }
        for order in waiting where phase != .stopping && canStart(order, now) {
            waiting.removeAll { $0.run.id == order.run.id }
            start(order)
        }
        setAlarm(now)
        for order in late { await drop(order, Self.expired(order.action)) }
        guard phase == .stopping, running.isEmpty else { return }
        for waiter in whenIdle { waiter.resume() }
        whenIdle = []
    }

    private func setAlarm(_ now: ContinuousClock.Instant) {
        alarm?.cancel()
        guard let next = waiting.map({ $0.notBefore > now ? $0.notBefore : $0.deadline }).min()
        else { return }
        // A moment later, so that the time is over in any case.
        alarm = Task {
            if await pause(next - now + .milliseconds(1)) { await advance() }
        }
    }

    private static func expired(_ action: Action) -> String {
        "not started: it would be more than \(durationText(action.expirySeconds)) late"
    }

    /// Records that an action is not started.
    private func drop(_ order: Order, _ why: String) async {
        var run = order.run
        run.outcome = .dropped
        run.outputTail = why
        run.input = ""
        await ledger.changed(run)
    }
}

extension ActionRunner {
    private func start(_ order: Order) {
        let (stops, stop) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingOldest(1))
        running[order.run.id] = Work(order: order, stop: stop)
        // Ends in `advance`, which `drain` waits for.
        Task { await execute(order, stops) }
    }

    private func execute(_ order: Order, _ stops: AsyncStream<Void>) async {
        await ledger.settle()
        if isSuperseded(order) {
            await drop(order, "not started: a newer one has come")
        } else if order.deadline < clock.now {
            await drop(order, Self.expired(order.action))
        } else if let action = current(order) {
            var order = order
            order.action = action
            if phase != .stopping { await attempt(order, stops) }
        } else {
            await drop(order, "not started: the rules have no such action any more")
        }
        running[order.run.id] = nil
        await advance()
    }

    private func isSuperseded(_ order: Order) -> Bool {
        running[order.run.id]?.isSuperseded == true
    }

    private func attempt(_ order: Order, _ stops: AsyncStream<Void>) async {
        var run = order.run
        run.startedAt = .now()
        var begun = run
        begun.outcome = .running
        let start = clock.now
        let ending = await carryOut(order, stops) { [ledger, begun] in
            await ledger.changed(begun)
        }
        run.durationSeconds = (clock.now - start) / .seconds(1)
        run.outcome = ending.outcome
        run.exitStatus = ending.exitStatus
        run.signal = ending.signal
        run.outputTail = ending.output
        if isSuperseded(order), run.outcome == .interrupted {
            run.outputTail += "\n[stopped: a newer one has come]"
            run.input = ""
        } else if run.outcome != .interrupted {
            // First: if the monitor ends in between, an attempt too many is better than none.
            if !isSuperseded(order) { await retry(order, run) }
            run.input = ""
        }
        await ledger.changed(run)
    }

    private func carryOut(
        _ order: Order, _ stops: AsyncStream<Void>, onStart: @Sendable () async -> Void
    ) async -> ActionEnding {
        let message: AlertMessage
        do throws(HookError) {
            message = try AlertMessage(order.run)
        } catch {
            return ActionEnding(outcome: .failedToStart, output: error.description)
        }
        let timeout = order.action.timeoutSeconds
        switch order.action.kind {
        case .run(let command):
            return await HookProcess(
                command: command, message: message, timeoutSeconds: timeout, limits: limits
            ).run(stops: stops, onStart: onStart)
        case .webhook(let webhook):
            await onStart()
            return await WebhookDelivery(
                webhook: webhook, run: order.run, message: message, timeoutSeconds: timeout,
                outputBytes: limits.outputBytes
            ).run(stops: stops)
        case .log(let severity):
            await onStart()
            log.write(message.line, severity, of: order.run)
            return ActionEnding(outcome: .exited, exitStatus: 0)
        }
    }

    /// Enters a further attempt after one that failed, if there is to be one.
    private func retry(_ order: Order, _ failed: HookRun) async {
        guard let delay = order.action.retryDelay(after: failed) else { return }
        var next = order
        next.run.id = await ledger.nextRunID()
        next.run.attempt += 1
        next.run.startedAt = UTCTime.now().adding(seconds: delay / .seconds(1))
        next.notBefore = clock.now + delay
        if next.deadline < next.notBefore {
            await drop(next, Self.expired(next.action))
        } else if waiting.count >= limits.queue {
            await drop(next, "not attempted again: \(waiting.count) runs are waiting")
        } else {
            if phase != .stopping { waiting.append(next) }
            await ledger.changed(next.run)
        }
    }
}
