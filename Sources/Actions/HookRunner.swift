public import Rules
internal import SoundTypes
internal import Timekeeping

/// Runs the commands of rules that have fired.
///
/// Every firing is entered in the ledger before anything else is done with it. At most
/// `HookLimits.concurrency` commands run at once; up to `HookLimits.queue` firings wait, in order.
/// Any more are refused: their runs failed to start. No firing disappears.
///
/// Call `drain(grace:)` before the monitor ends.
public actor HookRunner {
    /// A firing and its row in the ledger.
    private struct Entry: Sendable {
        let firing: Firing
        let run: HookRun
    }

    private let limits: HookLimits
    private let ledger: any HookLedger
    private var waiting: [Entry] = []
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

    /// Takes a firing: enters it in the ledger, and starts its command now or when its turn comes.
    public func submit(_ firing: Firing) async {
        let entry = Entry(firing: firing, run: await ledger.entered(HookRun(firing)))
        guard phase == .accepting else {
            await refuse(entry, .interrupted, "not started: the monitor is stopping")
            return
        }
        if running.count < limits.concurrency {
            start(entry)
        } else if waiting.count < limits.queue {
            waiting.append(entry)
        } else {
            let count = waiting.count
            await refuse(entry, .failedToStart, "not started: \(count) firings are waiting")
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
        for entry in abandoned {
            await refuse(entry, .interrupted, "not started: the monitor is stopping")
        }
        guard !isIdle else { return }
        await withCheckedContinuation { whenIdle.append($0) }
    }

    private var isIdle: Bool { running.isEmpty && waiting.isEmpty }

    private func start(_ entry: Entry) {
        let (stops, stop) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingOldest(1))
        lastKey += 1
        let key = lastKey
        running[key] = stop
        // Ends in `finish`, which `drain` waits for.
        Task { await execute(entry, key: key, stops: stops) }
    }

    private func execute(_ entry: Entry, key: Int, stops: AsyncStream<Void>) async {
        await ledger.settle()
        if phase == .stopping {
            await refuse(entry, .interrupted, "not started: the monitor is stopping")
        } else {
            await run(entry, stops)
        }
        finish(key)
    }

    private func run(_ entry: Entry, _ stops: AsyncStream<Void>) async {
        var run = entry.run
        run.startedAt = .now()
        var running = run
        running.outcome = .running
        let clock = ContinuousClock()
        let start = clock.now
        let ending = await HookProcess(firing: entry.firing, limits: limits)
            .run(stops: stops) { [ledger, running] in await ledger.started(running) }
        run.durationSeconds = (clock.now - start) / .seconds(1)
        run.outcome = ending.outcome
        run.exitStatus = ending.exitStatus
        run.signal = ending.signal
        run.outputTail = ending.output
        await ledger.ended(run)
    }

    private func finish(_ key: Int) {
        running[key] = nil
        if !waiting.isEmpty, running.count < limits.concurrency { start(waiting.removeFirst()) }
        guard isIdle else { return }
        for waiter in whenIdle { waiter.resume() }
        whenIdle = []
    }

    /// Records that the command of a firing is not started.
    private func refuse(_ entry: Entry, _ outcome: HookRun.Outcome, _ why: String) async {
        var run = entry.run
        run.outcome = outcome
        run.outputTail = why
        await ledger.ended(run)
    }
}

extension HookRun {
    /// The run of a rule that fires now.
    fileprivate init(_ firing: Firing) {
        self.init(
            id: 0, rule: firing.rule, eventID: firing.event.id, firedAt: firing.firedAt,
            startedAt: .now())
    }
}
