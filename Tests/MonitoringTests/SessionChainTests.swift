import EventStore
import Glibc
import SampleRing
import SoundTypes
import TestSupport
import Testing
import Tracking

@testable import Listening
@testable import Monitoring
@testable import Timekeeping

/// Ring, analysis and ledger together: whatever happens to a source, each of its samples is in the
/// ledger once, in the session on whose clock it was captured.
@Suite struct SessionChainTests {
    @Test func capturedAndLostAreWhatWasExpected() throws {
        let model = try LightModel.make()
        let recognisers = try (0..<3).map { _ in
            try Recogniser(model: model, sampleRate: SimulatedSource.rate)
        }
        for seed in 1...40 as ClosedRange<UInt64> { try run(seed: seed, recognisers) }
    }

    private func run(seed: UInt64, _ recognisers: [Recogniser]) throws {
        var random = SeededRandom(seed: seed)
        let book = Book()
        let sources = try recognisers.enumerated().map { index, recogniser in
            try SimulatedSource(
                name: "source \(index)", recogniser: recogniser, book: book,
                startTime: index == 2 ? UTCTime(microseconds: 1_800_000_000_000_000) : nil)
        }
        for _ in 0..<200 {
            let index = Int.random(in: 0..<sources.count, using: &random)
            try sources[index].live(using: &random)
        }
        for source in sources {
            source.end(using: &random)
            let found = book.table.sessions(of: source.name)
            #expect(found.map(\.capturedSamples) == source.captured, "seed \(seed)")
            #expect(found.map(\.lostSamples) == source.lost, "seed \(seed)")
            #expect(found.allSatisfy { $0.status == .complete })
            for (session, expected) in zip(found, source.started) {
                let samples = session.capturedSamples + session.lostSamples
                let length = session.sampleRate.seconds(samples)
                #expect(session.ended == session.started.adding(seconds: length))
                guard let expected else { continue }
                // The smallest step is one of two seconds.
                let error = session.started.seconds(since: expected)
                #expect(abs(error) < 0.5, "seed \(seed), \(source.name)")
            }
        }
    }

    /// Where the messages of all sources arrive.
    fileprivate final class Book {
        private var ledger = SessionLedger(model: "m")
        private(set) var table = SessionTable()

        func take(_ message: AnalysisMessage) {
            let rows = ledger.take(message) { table.nextID() }
            table.save(rows)
        }
    }
}

/// A source that is captured and analysed by turns, as slowly or as fast as chance wills, with a
/// device that loses sound and a wall clock that is set; and what the ledger must say of it.
private final class SimulatedSource {
    static let rate = SampleRate(hertz: 16_000)!
    /// A quarter of a second: an analysis that is held up for longer loses samples.
    private static let capacity = 4_096

    let name: String
    private(set) var captured: [Int64] = []
    private(set) var lost: [Int64] = []
    /// When the sessions began; `nil` where that hangs on the moment of the test.
    private(set) var started: [UTCTime?] = []

    private let recogniser: Recogniser
    private let book: SessionChainTests.Book
    private let startTime: UTCTime?
    private var ring: SampleRing
    private var loop: AnalysisLoop
    private var position: Int64 = 0
    private var samplesUntilMark = 0
    /// Seconds by which the wall clock has been set.
    private var shift = 0.0
    /// When the first gap in front of the first time arrived, and where it ends.
    private var guess: (nanoseconds: Int64, position: Int64)?
    /// The first time of the device, and its position.
    private var origin: (nanoseconds: Int64, position: Int64)?
    private var clock: SampleClock?
    private var isRunning = true

    init(
        name: String, recogniser: Recogniser, book: SessionChainTests.Book, startTime: UTCTime?
    ) throws {
        self.name = name
        self.recogniser = recogniser
        self.book = book
        self.startTime = startTime
        ring = SampleRing(capacity: Self.capacity)
        loop = try Self.loop(name, ring, recogniser, startTime, book)
    }

    private static func loop(
        _ name: String, _ ring: SampleRing, _ recogniser: Recogniser, _ startTime: UTCTime?,
        _ book: SessionChainTests.Book
    ) throws -> AnalysisLoop {
        recogniser.begin(at: 0)
        let labels = recogniser.labels.map { _ in
            LabelParameters(onThreshold: 1, offThreshold: 1)
        }
        return AnalysisLoop(
            source: name, ring: ring, recogniser: recogniser,
            tracker: try EventTracker(
                labels: labels, rate: rate, stepSamples: recogniser.stepSamples),
            levels: nil, sampleRate: rate, startTime: startTime, nextEventID: { 1 },
            put: { book.take($0) })
    }

    /// The next thing that happens.
    func live(using random: inout SeededRandom) throws {
        guard isRunning else { return try restart() }
        switch Int.random(in: 0..<24, using: &random) {
        case 0..<10: capture(Int.random(in: 1...1_500, using: &random), using: &random)
        case 10..<18: analyse(steps: Int.random(in: 1...12, using: &random))
        case 18..<20: lose(Int64.random(in: 1...50_000, using: &random), using: &random)
        case 20: shift += Double.random(in: 2...1_000, using: &random)
        case 21: shift -= Double.random(in: 2...1_000, using: &random)
        case 22: for _ in 0..<8 { holeySecond(using: &random) }
        default: end(using: &random)
        }
    }

    func end(using random: inout SeededRandom) {
        guard isRunning else { return }
        if Bool.random(using: &random) { lose(1_234, using: &random) }
        ring.finish()
        loop.run(idle: .zero)
        isRunning = false
    }

    private func restart() throws {
        ring = SampleRing(capacity: Self.capacity)
        loop = try Self.loop(name, ring, recogniser, startTime, book)
        (position, samplesUntilMark, guess, origin, clock) = (0, 0, nil, nil, nil)
        isRunning = true
    }

    /// A few of them are long enough for a step of the clock to be believed. Most of it is lost,
    /// since lost samples cost no time to analyse.
    private func holeySecond(using random: inout SeededRandom) {
        lose(15_800, using: &random)
        capture(100, using: &random)
        // A time in the middle of what was heard and has not been told.
        samplesUntilMark = 0
        capture(100, using: &random)
        analyse(steps: 100)
    }

    private func analyse(steps: Int) {
        for _ in 0..<steps { guard case .worked = loop.step() else { return } }
    }

    private func capture(_ count: Int, using random: inout SeededRandom) {
        samplesUntilMark = max(0, samplesUntilMark - count)
        if samplesUntilMark == 0, ring.freeCount > 0 {
            tagTime(using: &random)
            samplesUntilMark = Self.rate.hertz
        }
        begin()
        let block = [Float](repeating: 0.1, count: count)
        let stored = block.withUnsafeBufferPointer { ring.write($0) }
        captured[captured.count - 1] += Int64(stored)
        lost[lost.count - 1] += Int64(count - stored)
        position += Int64(count)
    }

    private func lose(_ count: Int64, using random: inout SeededRandom) {
        begin()
        let causes: [GapCause] = [.overrun, .suspended, .disconnected, .stalled]
        ring.tagGap(lostSamples: count, cause: causes.randomElement(using: &random)!)
        lost[lost.count - 1] += count
        position += count
        samplesUntilMark = 0
        // The time of a gap in front of the first time of the device is when it arrives.
        guard clock == nil else { return }
        analyse(steps: 10)
        guess = guess ?? (monotonicNanoseconds(), position)
    }

    private func tagTime(using random: inout SeededRandom) {
        guard let origin else { return markFirstTime(using: &random) }
        let seconds = Self.rate.seconds(position - origin.position) + shift
        ring.tagTime(nanoseconds: origin.nanoseconds + Int64(seconds * 1e9))
        guard startTime == nil else { return }
        let time = UTCTime(monotonicNanoseconds: origin.nanoseconds).adding(seconds: seconds)
        if clock?.observe(position: position, time: time) != nil { begin(at: time) }
    }

    /// The clock may have been set since a gap in front of the first time was told.
    private func markFirstTime(using random: inout SeededRandom) {
        var nanoseconds = monotonicNanoseconds()
        var isStep = false
        if let guess {
            let step = [0.0, 100, -100].randomElement(using: &random)!
            let seconds = Self.rate.seconds(position - guess.position) + step
            nanoseconds = guess.nanoseconds + Int64(seconds * 1e9)
            isStep = step != 0
        }
        ring.tagTime(nanoseconds: nanoseconds)
        origin = (nanoseconds, position)
        shift = 0
        let time = UTCTime(monotonicNanoseconds: nanoseconds)
        clock = SampleClock(sampleRate: Self.rate, position: position, time: time)
        guard startTime == nil else { return }
        if guess == nil || isStep { begin(at: time) }
    }

    private func begin(at time: UTCTime) {
        captured.append(0)
        lost.append(0)
        started.append(time)
    }

    /// What has no time of the device begins with its first sample.
    private func begin() {
        guard position == 0, clock == nil || startTime != nil else { return }
        captured.append(0)
        lost.append(0)
        started.append(startTime)
    }

    private func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
