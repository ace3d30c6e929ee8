import AlertTypes
import EventStore
import Foundation
import GRDB
import Listening
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Monitoring

/// Commands must not wait for a store that cannot store. Whoever waits in vain here waits for as
/// long as a hang, and is cut off by the limit.
@Suite(.timeLimit(.minutes(20))) struct StoredHookLedgerTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let log = TestLog()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func run(_ number: Int64) -> HookRun {
        HookRun(
            id: 0, rule: "alert", alertID: number, action: "run", eventID: number, firedAt: .now(),
            startedAt: .now(), input: "{}")
    }

    /// As many commands as may wait when the monitor stops.
    @Test func aBrokenStoreIsWaitedForOnce() async throws {
        let writer = StoreWriter(store: try EventStore(path: path), logger: log.logger)
        let store = try EventStore(path: directory.path("other.db"))
        try FileManager.default.removeItem(atPath: path)
        let ledger = patientLedger(store, writer)
        await ledger.changed(await startedInVain(run(1), ledger))
        for number in 2...256 as ClosedRange<Int64> {
            await ledger.changed(await started(run(number), ledger))
        }
        #expect(await writer.close().count == 512)
        try store.close()
    }

    /// A full disk, a lock or a slow disk: nothing is stored, and nothing is broken.
    @Test func aStoreThatIsBackIsWaitedForAgain() async throws {
        let store = try EventStore(path: path)
        // Room for one change: the others must not wait for more.
        let writer = StoreWriter(store: store, logger: log.logger, capacity: 1)
        let ledger = patientLedger(store, writer)
        let lock = try lockedDatabase()
        _ = await startedInVain(run(1), ledger)
        for number in 2...256 as ClosedRange<Int64> {
            _ = await started(run(number), ledger)
        }
        #expect(writer.pendingCount == 256)
        try lock.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        try lock.close()
        try await waitUntil("everything is stored") { writer.pendingCount == 0 }
        let last = await started(run(257), ledger)
        #expect(try EventReader(path: path).hookRuns().contains { $0.id == last.id })
        #expect(await writer.close().isEmpty)
    }

    /// Whether its command has started or not: the row of a firing is there.
    @Test func aFiringThatWaitsHasARow() async throws {
        let store = try EventStore(path: path)
        let writer = StoreWriter(store: store, logger: log.logger)
        let ledger = patientLedger(store, writer)
        let waiting = await started(run(1), ledger)
        var running = await started(run(2), ledger)
        running.outcome = .running
        await ledger.changed(running)
        await writer.settle(within: .hang)
        #expect(try EventReader(path: path).hookRuns().map(\.outcome) == [.waiting, .running])
        #expect(try EventReader(path: path).hookRuns().map(\.id) == [waiting.id, running.id])
        // The next monitor tells them apart.
        #expect(await writer.close().isEmpty)
        try EventStore(path: path).close()
        let runs = try EventReader(path: path).hookRuns()
        #expect(runs.map(\.outcome) == [.interrupted, .interrupted])
        #expect(
            runs.map(\.outputTail) == ["not started: the monitor ended before that was known", ""])
    }

    /// The end of what a command has to say about its failure is in the log.
    @Test func theLogHasTheLastLineOfAFailure() async throws {
        let store = try EventStore(path: path)
        let writer = StoreWriter(store: store, logger: log.logger)
        let ledger = patientLedger(store, writer)
        var failed = await started(run(1), ledger)
        failed.outcome = .exited
        failed.exitStatus = 127
        failed.outputTail = "trying\n/bin/sh: 1: notfiy: not\u{1B}[2J found\n"
        await ledger.changed(failed)
        let text =
            "rule alert, alert 1: action run ended with 127: /bin/sh: 1: notfiy: not?[2J found"
        #expect(log.count(text) == 1)
        #expect(await writer.close().isEmpty)
    }

    /// No action starts before its event is stored.
    @Test func theEventIsHandedOverFirst() async throws {
        let store = try EventStore(path: path)
        let writer = StoreWriter(store: store, logger: log.logger)
        let fanOut = MessageFanOut()
        let recorded = fanOut.subscribe(capacity: 4, whenFull: .wait)
        let ledger = patientLedger(store, writer, recorded: recorded)
        let event = SoundEvent(
            id: 1, source: "mic", label: "dog", onset: .now(), heardUntil: .now(),
            peakConfidence: 0.5, meanConfidence: 0.5, status: .open)
        fanOut.put(.event(event))
        async let settled: Void = ledger.settle()
        try await Task.sleep(for: .milliseconds(100))
        #expect(try EventReader(path: path).events(EventQuery()).isEmpty)
        let recording = Task {
            while case .message(.event(let event)) = await recorded.next() {
                await writer.add(.event(event))
            }
        }
        await settled
        #expect(try EventReader(path: path).events(EventQuery()).map(\.id) == [1])
        fanOut.finish()
        await recording.value
        #expect(await writer.close().isEmpty)
    }

    private func patientLedger(
        _ store: EventStore, _ writer: StoreWriter, recorded: MessageSubscription? = nil
    ) -> StoredHookLedger {
        StoredHookLedger(
            store: store, writer: writer, recorded: recorded, logger: log.logger, patience: .hang)
    }

    /// Waits for the store in vain, which takes no time here: the wait is cancelled.
    private func startedInVain(_ run: HookRun, _ ledger: StoredHookLedger) async -> HookRun {
        let started = Task { await self.started(run, ledger) }
        started.cancel()
        return await started.value
    }

    /// What the ledger does before a command starts.
    private func started(_ run: HookRun, _ ledger: StoredHookLedger) async -> HookRun {
        var run = run
        run.id = await ledger.nextRunID()
        await ledger.changed(run)
        await ledger.settle()
        return run
    }

    /// A connection that keeps everybody else from writing until it ends.
    private func lockedDatabase() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        return queue
    }
}
