import AlertTypes
import Database
import Dispatch
import EventStore
import Foundation
import GRDB
import HostSystem
import SoundTypes
import Synchronization
import TestSupport
import Testing
import Timekeeping

@Suite struct WritingTests {
    let directory: TemporaryDirectory
    let path: String
    let store: EventStore
    let reader: EventReader

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
        reader = try EventReader(path: path)
    }

    @Test func anEventIsReplacedByItsLaterState() throws {
        try store.write([.event(event(1, .open)), .event(event(2))])
        try store.write([.event(event(1, for: 5)), .event(event(1, part: 2, at: 5, .open))])
        #expect(
            try reader.events(EventQuery())
                == [event(1, for: 5), event(2), event(1, part: 2, at: 5, .open)])
    }

    @Test func aGapGrowsAndARecordingGoesOn() throws {
        var gap = AudioGap(
            source: "mic", start: evening, end: evening.adding(seconds: 1), lostSamples: 48_000,
            cause: .disconnected)
        var session = ListeningSession(
            id: store.nextSessionID(), source: "mic", started: evening, ended: evening,
            sampleRate: try #require(SampleRate(hertz: 48_000)), capturedSamples: 0,
            lostSamples: 0, model: "default 1 sha256:00", status: .running)
        try store.write([.gap(gap), .session(session)])
        gap.end = evening.adding(seconds: 9)
        gap.lostSamples = 432_000
        session.ended = evening.adding(seconds: 10)
        session.capturedSamples = 48_000
        session.lostSamples = 432_000
        session.status = .complete
        try store.write([.gap(gap), .session(session)])
        #expect(try reader.gaps() == [gap])
        #expect(try reader.sessions() == [session])
        let later = evening.adding(seconds: 9.5)
        #expect(try reader.gaps(since: later) == [])
        #expect(try reader.sessions(since: later, source: "mic") == [session])
        #expect(try reader.sessions(until: evening) == [])
        #expect(try reader.gaps(source: "other") == [])
    }

    @Test func everyCauseOfAGapComesBack() throws {
        let gaps = GapCause.allCases.map { cause in
            AudioGap(
                source: "mic", start: evening.adding(seconds: Double(cause.rawValue)),
                end: evening.adding(seconds: 60), lostSamples: 1, cause: cause)
        }
        try store.write(gaps.map { .gap($0) })
        #expect(try reader.gaps() == gaps)
    }

    @Test func aBatchIsStoredWholeOrNotAtAll() throws {
        let wrong = event(3, confidence: 1.5)
        do throws(StoreError) {
            try store.write([.event(event(1)), .event(event(2)), .event(wrong)])
            Issue.record("a confidence of 1.5 was stored")
        } catch {
            #expect(error.kind == .invalidValue)
            #expect(error.exitStatus == .software)
        }
        #expect(try reader.events(EventQuery()) == [])
        #expect(try reader.knownLabels() == [])
    }

    @Test func idsRiseFromEveryThread() async {
        let ids = await withTaskGroup(of: [Int64].self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<500).map { _ in store.nextEventID() } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(ids.sorted() == Array(1...2_000))
    }

    @Test func aFullDatabaseKeepsWhatItHasAndTakesTheBatchLater() throws {
        try store.close()
        let small = try EventStore(path: path, maximumBytes: 200_000)
        try small.write([.event(event(1))])
        let batch = (2...5_000).map { StoreChange.event(event($0)) }
        do throws(StoreError) {
            try small.write(batch)
            Issue.record("5000 events fit into 200 kB")
        } catch {
            #expect(error.kind == .full)
            #expect(error.isWorthRetrying)
            #expect(error.exitStatus == .inputOutput)
            #expect(error.description.contains("write 4999 changes"))
        }
        #expect(try reader.events(EventQuery()) == [event(1)])
        try small.write([.event(event(2))])
        try small.close()
        let large = try EventStore(path: path)
        try large.write(batch)
        #expect(try reader.events(EventQuery()).count == 5_000)
        #expect(
            try inside(path) { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }

    @Test func aReaderSeesWholeBatchesWhileTheWriterWrites() async throws {
        let batches = 200
        let store = store
        let reader = reader
        // On a thread of its own: the reader must not wait for a place in the pool that it holds.
        let written = Mutex<Result<Void, any Error>?>(nil)
        DispatchQueue(label: "writer").async {
            let result = Result {
                for batch in 0..<Int64(batches) {
                    try store.write((1...5).map { .event(event(batch * 5 + $0)) })
                }
            }
            written.withLock { $0 = result }
        }
        var counts: [Int] = []
        while written.withLock({ $0 == nil }) {
            counts.append(try reader.events(EventQuery()).count)
            await Task.yield()
        }
        try written.withLock { $0 }?.get()
        #expect(counts.allSatisfy { $0 % 5 == 0 })
        #expect(counts == counts.sorted())
        #expect(try reader.events(EventQuery()).count == batches * 5)
    }
}

@Suite struct HookTests {
    let directory: TemporaryDirectory
    let path: String
    let store: EventStore

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
    }

    /// A run with the next id.
    private func run(_ rule: String, at seconds: Double) -> HookRun {
        HookRun(
            id: store.nextHookRunID(), rule: rule, eventID: 4,
            firedAt: evening.adding(seconds: seconds),
            startedAt: evening.adding(seconds: seconds + 0.1))
    }

    @Test func aRunIsKeptFromStartToEnd() throws {
        var first = run("alarm", at: 0)
        var second = run("bark", at: 1)
        try store.write([.hookRun(first), .hookRun(second)])
        first.outcome = .exited
        first.exitStatus = 3
        first.durationSeconds = 0.25
        first.outputTail = "sent\n"
        second.outcome = .signalled
        second.signal = 11
        // Written twice, as after a failure.
        for _ in 0..<2 { try store.write([.hookRun(second), .hookRun(first)]) }
        let reader = try EventReader(path: path)
        #expect(try reader.hookRuns() == [first, second])
        #expect(try reader.hookRuns(rule: "bark") == [second])
        #expect(try reader.hookRuns(since: evening.adding(seconds: 1)) == [second])
        #expect(try reader.hookRuns(until: evening.adding(seconds: 1)) == [first])
    }

    @Test func everyOutcomeComesBack() throws {
        let runs = HookRun.Outcome.allCases.map { outcome in
            var run = run("alarm", at: 0)
            run.outcome = outcome
            return run
        }
        try store.write(runs.map { .hookRun($0) })
        #expect(try EventReader(path: path).hookRuns() == runs)
    }

    @Test func theIDsOfRunsRiseAcrossRestarts() throws {
        let runs = (0..<3).map { run("alarm", at: Double($0)) }
        #expect(runs.map(\.id) == [1, 2, 3])
        try store.write(runs.map { .hookRun($0) })
        try store.close()
        // An id is not reused once its row is gone.
        try inside(path) { try $0.execute(sql: "DELETE FROM hook_run WHERE id > 1") }
        #expect(try EventStore(path: path).nextHookRunID() == 4)
    }

    /// A cooldown still counts from the last firing after a restart, even if the clock was once
    /// years ahead.
    @Test func theLastFiringOfEachRuleSurvivesARestart() throws {
        let runs = [
            run("alarm", at: 5), run("alarm", at: 100_000_000), run("bark", at: 2),
            run("alarm", at: 7),
        ]
        try store.write(runs.map { .hookRun($0) })
        try store.close()
        let next = try EventStore(path: path)
        #expect(
            try next.lastFirings()
                == ["alarm": evening.adding(seconds: 7), "bark": evening.adding(seconds: 2)])
        #expect(
            try EventReader(path: path).hookRuns().allSatisfy { $0.outcome == .interrupted })
        // A hook ran for event 4, so no later event gets that number.
        #expect(next.nextEventID() == 5)
    }
}

/// Which failures are temporary, and a file that is removed while the monitor uses it.
@Suite struct FailureTests {
    private func error(_ code: ResultCode) -> StoreError {
        StoreError(DatabaseError(resultCode: code), path: "/x.db", action: "write 3 changes")
    }

    /// Every primary result code (sqlite.org/rescode.html), and some extended ones.
    @Test func eachResultCodeHasItsKind() {
        let kinds: [(StoreError.Kind, [ResultCode])] = [
            (.unreadable, [.SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH, .SQLITE_CANTOPEN_ISDIR]),
            (.busy, [.SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL, .SQLITE_BUSY_RECOVERY]),
            (
                .interrupted,
                [
                    .SQLITE_ABORT, .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_SCHEMA,
                    .SQLITE_IOERR_NOMEM, .SQLITE_ABORT_ROLLBACK,
                ]
            ),
            (.readOnly, [.SQLITE_READONLY, .SQLITE_READONLY_DIRECTORY]),
            (.replaced, [.SQLITE_READONLY_DBMOVED]),
            (.inputOutput, [.SQLITE_IOERR, .SQLITE_IOERR_WRITE]),
            (.full, [.SQLITE_FULL, .SQLITE_NOLFS, .SQLITE_IOERR_SHMSIZE]),
            (.damaged, [.SQLITE_CORRUPT, .SQLITE_CORRUPT_INDEX, .SQLITE_NOTADB]),
            (
                .invalidValue,
                [.SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT_DATATYPE]
            ),
            (
                .fault,
                [
                    .SQLITE_OK, .SQLITE_ERROR, .SQLITE_INTERNAL, .SQLITE_NOTFOUND, .SQLITE_EMPTY,
                    .SQLITE_TOOBIG, .SQLITE_MISUSE, .SQLITE_FORMAT, .SQLITE_RANGE,
                    .SQLITE_NOTICE, .SQLITE_WARNING, .SQLITE_ROW, .SQLITE_DONE,
                    .SQLITE_ERROR_RETRY, ResultCode(rawValue: 99),
                ]
            ),
        ]
        for (kind, codes) in kinds {
            for code in codes { #expect(error(code).kind == kind, "\(code)") }
        }
        let primary = Set(kinds.flatMap(\.1).map(\.rawValue)).filter { $0 < 256 && $0 != 99 }
        #expect(primary == Set([100, 101] + Array(0...28)))
    }

    @Test func whatMayPassIsWorthRetrying() {
        let kinds: [(StoreError.Kind, Bool)] = [
            (.full, true), (.busy, true), (.inputOutput, true), (.unreadable, true),
            (.readOnly, true), (.interrupted, true), (.fault, true), (.cannotCreate, true),
            (.damaged, false), (.notADatabase, false), (.invalidValue, false),
            (.emptyPath, false), (.missing, false), (.notAFile, false),
            (.foreign(applicationID: 1), false), (.newerSchema(found: 2, known: 1), false),
            (.olderSchema(found: 0, needed: 1), false), (.inUse(pid: nil), false),
            (.replaced, false),
        ]
        for (kind, expected) in kinds {
            let error = StoreError(kind, path: "/x.db", action: "write 3 changes")
            #expect(error.isWorthRetrying == expected, "\(kind)")
            // The directory was there when the database was opened.
            if kind != .cannotCreate { #expect(!error.description.contains("must exist")) }
        }
    }

    @Test func aValueThatCannotBeEncodedIsToBlame() throws {
        let directory = try TemporaryDirectory()
        let store = try EventStore(path: directory.path("events.db"))
        let picture = EventPicture(
            eventID: 1, start: evening, features: FeatureParameters(floor: .infinity), frames: [],
            labels: [], scores: [], framesPerStep: 1, model: "", parameters: LabelParameters())
        let error = #expect(throws: StoreError.self) { try store.write([.picture(picture)]) }
        #expect(error?.kind == .invalidValue)
        try store.close()
    }

    enum Loss: CaseIterable { case removed, replaced, logRemoved, indexRemoved, directoryMoved }

    /// SQLite itself carries on writing to the file that nobody can find any more.
    @Test(arguments: Loss.allCases)
    func aDatabaseThatGoesAwayIsNoticed(_ loss: Loss) throws {
        let directory = try TemporaryDirectory()
        let home = directory.path("home")
        let files = FileManager.default
        try files.createDirectory(atPath: home, withIntermediateDirectories: false)
        let path = home + "/events.db"
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        switch loss {
        case .removed:
            try files.removeItem(atPath: path)
        case .replaced:
            try files.copyItem(atPath: path, toPath: path + ".copy")
            try files.removeItem(atPath: path)
            try files.moveItem(atPath: path + ".copy", toPath: path)
        case .logRemoved:
            try files.removeItem(atPath: path + "-wal")
        case .indexRemoved:
            try files.removeItem(atPath: path + "-shm")
        case .directoryMoved:
            try files.moveItem(atPath: home, toPath: home + ".old")
            try Data().write(to: URL(fileURLWithPath: home))
        }
        do throws(StoreError) {
            try store.write([.event(event(2))])
            Issue.record("written to a file that is gone")
        } catch {
            #expect(error.kind == .replaced)
            #expect(error.exitStatus == .inputOutput)
            #expect(
                error.description == "the event database \(path) was removed or replaced while in "
                    + "use; restart the monitor")
        }
        try store.close()
    }
}
