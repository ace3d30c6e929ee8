import Acoustics
import EventStore
import Foundation
import GRDB
import TestSupport
import Testing

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
        var recording = Recording(
            id: store.nextRecordingID(), source: "mic", started: evening, ended: evening,
            sampleRate: try #require(SampleRate(hertz: 48_000)), capturedSamples: 0,
            lostSamples: 0, model: "default 1 sha256:00", status: .running)
        try store.write([.gap(gap), .recording(recording)])
        gap.end = evening.adding(seconds: 9)
        gap.lostSamples = 432_000
        recording.ended = evening.adding(seconds: 10)
        recording.capturedSamples = 48_000
        recording.lostSamples = 432_000
        recording.status = .complete
        try store.write([.gap(gap), .recording(recording)])
        #expect(try reader.gaps() == [gap])
        #expect(try reader.recordings() == [recording])
        let later = evening.adding(seconds: 9.5)
        #expect(try reader.gaps(since: later) == [])
        #expect(try reader.recordings(since: later, source: "mic") == [recording])
        #expect(try reader.recordings(until: evening) == [])
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
        do throws(EventStoreError) {
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
        do throws(EventStoreError) {
            try small.write(batch)
            Issue.record("5000 events fit into 200 kB")
        } catch {
            #expect(error.kind == .full)
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
        async let written: Void = {
            for batch in 0..<Int64(batches) {
                try store.write((1...5).map { .event(event(batch * 5 + $0)) })
            }
        }()
        var counts: [Int] = []
        repeat {
            counts.append(try reader.events(EventQuery()).count)
        } while counts.last != batches * 5 && counts.count < 100_000
        try await written
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

    private func run(_ rule: String, at seconds: Double) -> HookRun {
        HookRun(
            id: 0, rule: rule, eventID: 4, firedAt: evening.adding(seconds: seconds),
            startedAt: evening.adding(seconds: seconds + 0.1))
    }

    @Test func aRunIsKeptFromStartToEnd() throws {
        var first = run("alarm", at: 0)
        first.id = try store.hookStarted(first)
        var second = run("bark", at: 1)
        second.id = try store.hookStarted(second)
        #expect(first.id != second.id)
        first.outcome = .exited
        first.exitStatus = 3
        first.durationSeconds = 0.25
        first.outputTail = "sent\n"
        try store.hookEnded(first)
        second.outcome = .signalled
        second.signal = 11
        try store.hookEnded(second)
        let reader = try EventReader(path: path)
        #expect(try reader.hookRuns() == [first, second])
        #expect(try reader.hookRuns(rule: "bark") == [second])
        #expect(try reader.hookRuns(since: evening.adding(seconds: 1)) == [second])
        #expect(try reader.hookRuns(until: evening.adding(seconds: 1)) == [first])
    }

    @Test func everyOutcomeComesBack() throws {
        for outcome in HookRun.Outcome.allCases {
            var run = run("alarm", at: 0)
            run.id = try store.hookStarted(run)
            run.outcome = outcome
            try store.hookEnded(run)
        }
        #expect(
            try EventReader(path: path).hookRuns().map(\.outcome) == HookRun.Outcome.allCases)
    }

    @Test func theEndOfAnUnknownRunIsAFault() {
        #expect(throws: EventStoreError.self) { try store.hookEnded(run("alarm", at: 0)) }
    }

    /// A cooldown that counts from the last firing survives a restart.
    @Test func theLastFiringOfEachRuleSurvivesARestart() throws {
        for seconds in [5.0, 9, 7] { _ = try store.hookStarted(run("alarm", at: seconds)) }
        _ = try store.hookStarted(run("bark", at: 2))
        try store.close()
        let next = try EventStore(path: path)
        #expect(
            try next.lastFirings()
                == ["alarm": evening.adding(seconds: 9), "bark": evening.adding(seconds: 2)])
        #expect(
            try EventReader(path: path).hookRuns().allSatisfy { $0.outcome == .interrupted })
        // A hook ran for event 4, so no later event gets that number.
        #expect(next.nextEventID() == 5)
    }
}
