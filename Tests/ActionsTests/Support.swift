import Actions
import Foundation
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// A ledger in memory, which checks that a run is entered before it is started, started before it
/// ends, and all that only once.
actor MemoryLedger: HookLedger {
    /// Those whose commands run.
    private(set) var open: [Int64: HookRun] = [:]
    private(set) var waiting: [Int64: HookRun] = [:]
    private(set) var runs: [HookRun] = []
    private(set) var mostAtOnce = 0
    private var lastID: Int64 = 0

    func entered(_ run: HookRun) -> HookRun {
        #expect(run.id == 0 && run.outcome == .waiting)
        lastID += 1
        var run = run
        run.id = lastID
        waiting[run.id] = run
        return run
    }

    func settle() {}

    func started(_ run: HookRun) {
        let entered = waiting.removeValue(forKey: run.id)
        #expect(run.outcome == .running)
        #expect(entered.map { $0.startedAt <= run.startedAt } == true)
        open[run.id] = run
        mostAtOnce = max(mostAtOnce, open.count)
    }

    func ended(_ run: HookRun) {
        let begun = open.removeValue(forKey: run.id)
        #expect(begun == nil || begun?.startedAt == run.startedAt)
        #expect((begun == nil) == (waiting.removeValue(forKey: run.id) != nil))
        #expect(run.outcome != .running && run.outcome != .waiting)
        runs.append(run)
    }
}

let onset = UTCTime(microseconds: 1_800_000_000_250_000)

func firing(
    _ command: HookCommand, timeout: Double = 3_600, label: String = "siren", id: Int64 = 7,
    status: SoundEvent.Status = .open
) -> Firing {
    let event = SoundEvent(
        id: id, part: 2, source: "hall", label: label, onset: onset,
        heardUntil: onset.adding(seconds: 1.25), peakConfidence: 0.81000001,
        meanConfidence: 0.6, status: status)
    return Firing(
        rule: "alert", command: command, timeoutSeconds: timeout, event: event,
        firedAt: event.heardUntil)
}

/// Runs one firing to its end and returns what the ledger has recorded of it.
func run(_ firing: Firing, limits: HookLimits = HookLimits()) async throws -> HookRun {
    let ledger = MemoryLedger()
    let runner = HookRunner(limits: limits, ledger: ledger)
    await runner.submit(firing)
    await runner.drain(grace: .hang)
    let runs = await ledger.runs
    #expect(runs.count == 1)
    return try #require(runs.first)
}

/// Commands that go on until the test lets them go.
struct Barrier {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A command that waits at the barrier.
    var command: HookCommand {
        .shell("until [ -e '\(directory.path("open"))' ]; do sleep 0.02; done")
    }

    func open() throws {
        try Data().write(to: URL(filePath: directory.path("open")))
    }
}
