import EventStore
import SoundTypes
import TestSupport
import Testing

@testable import Listening
@testable import Monitoring
@testable import Timekeeping

private let noon = UTCTime(microseconds: 1_800_000_000_000_000)
private let hz16000 = SampleRate(hertz: 16_000)!

/// What the ledger of a database holds after all rows.
struct SessionTable {
    private var rows: [Int64: ListeningSession] = [:]
    private var lastID: Int64 = 0

    mutating func nextID() -> Int64 {
        lastID += 1
        return lastID
    }

    mutating func save(_ sessions: [ListeningSession]) {
        for session in sessions { rows[session.id] = session }
    }

    /// The sessions of a source in the order in which they began.
    func sessions(of source: String) -> [ListeningSession] {
        rows.values.filter { $0.source == source }.sorted { $0.id < $1.id }
    }
}

/// The ledger, message by message.
@Suite struct SessionLedgerTests {
    private func sessions(_ messages: [AnalysisMessage]) -> [ListeningSession] {
        var (ledger, table) = (SessionLedger(model: "m"), SessionTable())
        for message in messages {
            table.save(ledger.take(message, nextID: { table.nextID() }))
        }
        return table.sessions(of: "mic")
    }

    private func gap(_ lost: Int64, grownBy newlyLost: Int64) -> AnalysisMessage {
        let end = noon.adding(seconds: hz16000.seconds(lost))
        return .gap(
            AudioGap(
                source: "mic", start: noon, end: end, lostSamples: lost, cause: .disconnected),
            newlyLost: newlyLost)
    }

    private let began = AnalysisMessage.began(source: "mic", since: noon, sampleRate: hz16000)
    private let heard = AnalysisMessage.heard(source: "mic", samples: 16_000, until: noon)
    private let ended = AnalysisMessage.ended(source: "mic", at: nil, failure: nil)

    @Test func aRunOfASourceIsASession() throws {
        let session = try #require(sessions([began, heard, heard, ended]).first)
        #expect(
            session
                == ListeningSession(
                    id: 1, source: "mic", started: noon, ended: noon.adding(seconds: 2),
                    sampleRate: hz16000, capturedSamples: 32_000, lostSamples: 0, model: "m",
                    status: .complete))
    }

    /// A gap that grows is told again, and counted once.
    @Test func losesWhatAGapHasGrownBy() {
        let found = sessions([
            began, heard, gap(100, grownBy: 100), gap(400, grownBy: 300), heard, ended,
        ])
        #expect(found.map(\.capturedSamples) == [32_000])
        #expect(found.map(\.lostSamples) == [400])
    }

    /// What was not analysed in full was captured.
    @Test func whatAnAnalysisLeavesOutIsNotLost() {
        let omission = AudioGap(
            source: "mic", start: noon, end: noon.adding(seconds: 1), lostSamples: 16_000,
            cause: .unrecognised)
        let found = sessions([began, .gap(omission, newlyLost: 16_000), heard, ended])
        #expect(found.map(\.capturedSamples) == [16_000] && found.map(\.lostSamples) == [0])
    }

    @Test func aStepOfTheClockEndsASessionAndBeginsAnother() {
        let later = noon.adding(seconds: 3_600)
        let found = sessions([
            began, heard, .drift(source: "mic", partsPerMillion: 4),
            .drift(source: "mic", partsPerMillion: 5), gap(16_000, grownBy: 16_000),
            .clockStepped(source: "mic", seconds: 3_598, at: later), heard, ended,
        ])
        #expect(found.map(\.clockStepSeconds) == [nil, 3_598])
        #expect(found.map(\.driftPPM) == [5, nil])
        #expect(found.map(\.capturedSamples) == [16_000, 16_000])
        #expect(found.map(\.lostSamples) == [16_000, 0])
        #expect(found.map(\.started) == [noon, later])
        #expect(
            found.map(\.ended)
                == [noon, later].enumerated().map { index, time in
                    time.adding(seconds: index == 0 ? 2 : 1)
                })
    }

    /// A source that ends before its first sample was not listened to.
    @Test func nothingBegunIsNoSession() {
        #expect(sessions([ended]).isEmpty)
    }

    /// A monitor that is killed leaves a row that is at most ten seconds old, in a gap too.
    @Test func theRowIsUpdatedEveryTenSeconds() {
        var ledger = SessionLedger(model: "m")
        var updates = ledger.take(began, nextID: { 1 }).count
        for second in 1...60 as ClosedRange<Int64> {
            let isLost = second > 30
            let message = isLost ? gap(second * 16_000, grownBy: 16_000) : heard
            updates += ledger.take(message, nextID: { 2 }).count
        }
        #expect(updates == 1 + 6)
    }

    /// Any messages of any number of sources, in any order of the sources: each session holds what
    /// was told between its beginning and its end.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func everySampleIsInOneSession(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (ledger, table) = (SessionLedger(model: "m"), SessionTable())
        var sources = (0..<3).map { ScriptedSource(name: "source \($0)") }
        for _ in 0..<400 {
            let index = Int.random(in: 0..<sources.count, using: &random)
            let message = sources[index].next(using: &random)
            table.save(ledger.take(message, nextID: { table.nextID() }))
        }
        for index in sources.indices {
            for message in sources[index].finish() {
                table.save(ledger.take(message, nextID: { table.nextID() }))
            }
            let found = table.sessions(of: sources[index].name)
            #expect(found.map(\.capturedSamples) == sources[index].captured, "seed \(seed)")
            #expect(found.map(\.lostSamples) == sources[index].lost, "seed \(seed)")
            #expect(found.map(\.started) == sources[index].started, "seed \(seed)")
            for session in found {
                let samples = session.capturedSamples + session.lostSamples
                let length = session.sampleRate.seconds(samples)
                #expect(session.ended == session.started.adding(seconds: length))
                #expect(session.status == .complete)
            }
        }
    }
}

/// A source that says anything it may say, and keeps its own books.
private struct ScriptedSource {
    let name: String
    private(set) var captured: [Int64] = []
    private(set) var lost: [Int64] = []
    private(set) var started: [UTCTime] = []
    private var isRunning = false
    private var time = noon
    private var gap: AudioGap?

    init(name: String) {
        self.name = name
    }

    mutating func next(using random: inout SeededRandom) -> AnalysisMessage {
        time = time.adding(seconds: Double.random(in: -5...6, using: &random))
        guard isRunning else {
            isRunning = true
            return begin(.began(source: name, since: time, sampleRate: hz16000))
        }
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return end()
        case 1...2:
            return begin(.clockStepped(source: name, seconds: 5, at: time))
        case 3...8:
            return miss(Int64.random(in: 1...60_000, using: &random), using: &random)
        default:
            let count = Int.random(in: 1...16_000, using: &random)
            captured[captured.count - 1] += Int64(count)
            return .heard(source: name, samples: count, until: time)
        }
    }

    mutating func finish() -> [AnalysisMessage] {
        isRunning ? [end()] : []
    }

    private mutating func begin(_ message: AnalysisMessage) -> AnalysisMessage {
        started.append(time)
        captured.append(0)
        lost.append(0)
        return message
    }

    private mutating func end() -> AnalysisMessage {
        isRunning = false
        return .ended(source: name, at: time, failure: nil)
    }

    private mutating func miss(
        _ count: Int64, using random: inout SeededRandom
    ) -> AnalysisMessage {
        lost[lost.count - 1] += count
        let isNew = gap == nil || Bool.random(using: &random)
        var next =
            gap
            ?? AudioGap(
                source: name, start: time, end: time, lostSamples: 0, cause: .overrun)
        if isNew { (next.start, next.end, next.lostSamples) = (time, time, 0) }
        next.lostSamples += count
        gap = next
        return .gap(next, newlyLost: count)
    }
}
