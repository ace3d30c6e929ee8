public import Rules
internal import SoundTypes
internal import Timekeeping

/// Runs the commands of rules that have fired.
///
/// At most `HookLimits.concurrency` commands run at once; up to `HookLimits.queue` firings wait, in
/// order. Any more are refused, and each refusal is in the ledger as a run that failed to start: no
/// firing disappears.
///
/// Call `drain(grace:)` before the monitor ends.
public actor HookRunner {
    private let limits: HookLimits
    private let ledger: any HookLedger
    private var waiting: [Firing] = []
    private var running: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastKey = 0
    private var phase = Phase.accepting
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    private enum Phase { case accepting, draining, stopping }

    public init(limits: HookLimits = HookLimits(), ledger: any HookLedger) {
        self.limits = limits
        self.ledger = ledger
    }

    /// The number of commands running now.
    public var runningCount: Int { running.count }
    /// The number of firings waiting now.
    public var waitingCount: Int { waiting.count }

    /// Takes a firing: starts its command now, or when its turn comes.
    ///
    /// Returns at once, except that a refusal is written to the ledger first.
    public func submit(_ firing: Firing) async {
        guard phase == .accepting else {
            await record(firing, .interrupted, "not started: the monitor is stopping")
            return
        }
        if running.count < limits.concurrency {
            start(firing)
        } else if waiting.count < limits.queue {
            waiting.append(firing)
        } else {
            let count = waiting.count
            await record(firing, .failedToStart, "not started: \(count) firings are waiting")
        }
    }

    /// Accepts no more firings, and returns when every command has ended.
    ///
    /// Those running or waiting have `grace`. After that, commands still running are stopped (their
    /// runs are `interrupted`), and firings still waiting are recorded as interrupted.
    public func drain(grace: Duration) async {
        phase = .draining
        let clock = ContinuousClock()
        let deadline = clock.now + grace
        while !isIdle, clock.now < deadline {
            // A cancelled caller waits no longer.
            if await !pause(min(.milliseconds(20), deadline - clock.now)) { break }
        }
        phase = .stopping
        for stop in running.values { stop.yield() }
        let abandoned = waiting
        waiting = []
        for firing in abandoned {
            await record(firing, .interrupted, "not started: the monitor is stopping")
        }
        guard !isIdle else { return }
        await withCheckedContinuation { whenIdle.append($0) }
    }

    private var isIdle: Bool { running.isEmpty && waiting.isEmpty }

    private func start(_ firing: Firing) {
        let (stops, stop) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingOldest(1))
        lastKey += 1
        let key = lastKey
        running[key] = stop
        // Ends in `finish`, which `drain` waits for.
        Task { await execute(firing, key: key, stops: stops) }
    }

    private func execute(_ firing: Firing, key: Int, stops: AsyncStream<Void>) async {
        var run = await ledger.started(HookRun(firing))
        if phase == .stopping {
            run.outcome = .interrupted
            run.outputTail = "not started: the monitor is stopping"
        } else {
            let clock = ContinuousClock()
            let start = clock.now
            let ending = await HookProcess(firing: firing, limits: limits).run(stops: stops)
            run.durationSeconds = (clock.now - start) / .seconds(1)
            run.outcome = ending.outcome
            run.exitStatus = ending.exitStatus
            run.signal = ending.signal
            run.outputTail = ending.output
        }
        await ledger.ended(run)
        finish(key)
    }

    private func finish(_ key: Int) {
        running[key] = nil
        if !waiting.isEmpty, running.count < limits.concurrency { start(waiting.removeFirst()) }
        guard isIdle else { return }
        for waiter in whenIdle { waiter.resume() }
        whenIdle = []
    }

    /// Records a firing whose command is not started.
    private func record(_ firing: Firing, _ outcome: HookRun.Outcome, _ why: String) async {
        var run = await ledger.started(HookRun(firing))
        run.outcome = outcome
        run.outputTail = why
        await ledger.ended(run)
    }
}

extension HookRun {
    /// A run starting now.
    fileprivate init(_ firing: Firing) {
        self.init(
            id: 0, rule: firing.rule, eventID: firing.event.id, firedAt: firing.firedAt,
            startedAt: .now(), outcome: .running)
    }
}
