import Actions
import AlertTypes
import Foundation
import Rules
import SoundTypes
import Synchronization
import TestSupport
import Testing
import Timekeeping

/// A ledger in memory, which checks that a run is entered before it is started, started before it
/// ends, and all that only once.
actor MemoryLedger: HookLedger {
    /// Those whose actions run.
    private(set) var open: [Int64: HookRun] = [:]
    private(set) var waiting: [Int64: HookRun] = [:]
    /// Those that are over, in the order in which they ended.
    private(set) var runs: [HookRun] = []
    private(set) var mostAtOnce = 0
    private var lastID: Int64 = 0

    /// The order to carry out an action of a firing, entered as waiting.
    func entered(_ firing: Firing, _ action: Action) -> HookRun {
        let run = HookRun(
            id: nextRunID(), firing, action, input: AlertMessage.stored(firing))
        changed(run)
        return run
    }

    func nextRunID() -> Int64 {
        lastID += 1
        return lastID
    }

    func settle() {}

    func changed(_ run: HookRun) {
        let entered = waiting.removeValue(forKey: run.id)
        switch run.outcome {
        case .waiting:
            #expect(entered == nil && open[run.id] == nil)
            waiting[run.id] = run
        case .running:
            #expect(entered != nil)
            open[run.id] = run
            mostAtOnce = max(mostAtOnce, open.count)
        default:
            let begun = open.removeValue(forKey: run.id)
            #expect(begun == nil || begun?.startedAt == run.startedAt)
            // A further attempt that is not made ends as soon as it is entered.
            #expect((begun == nil) != (entered == nil) || run.attempt > 1)
            #expect(!runs.contains { $0.id == run.id })
            runs.append(run)
        }
    }
}

/// A log in memory.
final class MemoryLog: ActionLog {
    private let written = Mutex<[String]>([])

    var lines: [String] { written.withLock(\.self) }

    func write(_ text: String, _ severity: Action.LogSeverity, of run: HookRun) {
        written.withLock { $0.append("\(severity.rawValue): \(text)") }
    }
}

let onset = UTCTime(microseconds: 1_800_000_000_250_000)

func event(label: String = "siren", id: Int64 = 7, status: SoundEvent.Status = .open) -> SoundEvent
{
    SoundEvent(
        id: id, part: 2, source: "hall", label: label, onset: onset,
        heardUntil: onset.adding(seconds: 1.25), peakConfidence: 0.81000001,
        meanConfidence: 0.6, status: status)
}

/// The firing of a rule for an event.
func firing(_ event: SoundEvent = event(), occasion: Occasion = .fired) -> Firing {
    let alert = Alert(
        id: 100 + event.id, rule: "alert", group: "event \(event.id)", source: event.source,
        soundAt: event.onset, detectedAt: event.heardUntil, firedAt: event.heardUntil,
        decidedAt: event.heardUntil.adding(seconds: 0.1),
        readings: [ConditionReading(condition: "confidence at least 0.6", value: "0.81")],
        events: [
            AlertEvent(
                id: event.id, source: event.source, label: event.label, onset: event.onset,
                heardUntil: event.heardUntil, confidence: event.peakConfidence)
        ], eventCount: 1)
    return Firing(
        alert: alert, occasion: occasion, actions: [], at: event.heardUntil, event: event)
}

func command(
    _ line: HookCommand.Line, timeout: Double = 3_600, mode: Action.RunMode = .parallel(limit: 64),
    retries: Retries = Retries(), expiry: Double = 3_600
) -> Action {
    Action(
        name: "run", kind: .run(HookCommand(line)), timeoutSeconds: timeout, mode: mode,
        retries: retries, expirySeconds: expiry)
}

func runner(_ ledger: MemoryLedger, limits: HookLimits = HookLimits()) -> ActionRunner {
    ActionRunner(limits: limits, ledger: ledger, log: MemoryLog())
}

/// Enters a run for an event of this id, and submits it.
@discardableResult
func submit(
    _ action: Action, id: Int64 = 7, to runner: ActionRunner, _ ledger: MemoryLedger
) async -> HookRun {
    let run = await ledger.entered(firing(event(id: id)), action)
    await runner.submit(run, action)
    return run
}

/// Runs one action to its end and returns what the ledger has recorded of it.
func run(
    _ action: Action, for firing: Firing = firing(), limits: HookLimits = HookLimits()
) async throws -> HookRun {
    let runs = await attempts(action, for: firing, limits: limits)
    #expect(runs.count == 1)
    return try #require(runs.first)
}

/// Runs one action to the end of its last attempt.
func attempts(
    _ action: Action, for firing: Firing = firing(), limits: HookLimits = HookLimits()
) async -> [HookRun] {
    let ledger = MemoryLedger()
    let runner = runner(ledger, limits: limits)
    await runner.submit(await ledger.entered(firing, action), action)
    await runner.drain(grace: .hang)
    #expect(await ledger.open.isEmpty)
    #expect(await ledger.waiting.isEmpty)
    return await ledger.runs
}

/// Commands that go on until the test lets them go.
struct Barrier {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A command that waits at the barrier.
    var line: HookCommand.Line {
        .shell("until [ -e '\(directory.path("open"))' ]; do sleep 0.02; done")
    }

    func open() throws {
        try Data().write(to: URL(filePath: directory.path("open")))
    }
}
