import SampleRing
import SoundTypes
import Synchronization
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

/// Yields what its script says, then ends. Sample n is Float(n).
private final class ScriptedSource: CaptureSource {
    enum Step {
        case samples(count: Int, timeNanoseconds: Int64?)
        case gap(lostSamples: Int64, cause: GapCause)
        case idle
        case fault(CaptureFault)
        case call(() -> Void)
    }

    let sampleRate: SampleRate
    let isLive: Bool
    let health = CaptureHealth()
    private var steps: [Step]
    private var next = 0
    private(set) var closings = 0

    init(_ steps: [Step], isLive: Bool, hertz: Int = 16_000) throws {
        self.steps = steps
        self.isLive = isLive
        sampleRate = try #require(SampleRate(hertz: hertz))
    }

    func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        guard !steps.isEmpty else { return .endOfStream }
        switch steps.removeFirst() {
        case .samples(let count, let time):
            for index in 0..<count { buffer[index] = Float(next + index) }
            next += count
            return .samples(count: count, timeNanoseconds: time)
        case .gap(let lost, let cause): return .gap(lostSamples: lost, cause: cause)
        case .idle: return .idle
        case .fault(let fault): return .failed(fault)
        case .call(let body):
            body()
            return .idle
        }
    }

    func describe(_ fault: CaptureFault) -> CaptureError {
        CaptureError(fault.kind, code: fault.code, subject: "script", message: "as written")
    }

    func close() { closings += 1 }
}

/// Reads everything from a ring until it is finished.
private func drain(_ ring: SampleRing) -> [SampleRing.Passage] {
    var passages: [SampleRing.Passage] = []
    var block = [Float](repeating: 0, count: 4096)
    while true {
        switch block.withUnsafeMutableBufferPointer({ ring.read(into: $0) }) {
        case .finished: return passages
        case .empty: MonotonicClock.sleep(for: .milliseconds(1))
        case let passage: passages.append(passage)
        }
    }
}

@Suite struct CaptureLoopTests {
    @Test func everythingReachesTheRingInOrder() throws {
        let source = try ScriptedSource(
            [
                .samples(count: 100, timeNanoseconds: 7000), .idle,
                .samples(count: 50, timeNanoseconds: 8000),
                .gap(lostSamples: 30, cause: .overrun), .idle,
                .gap(lostSamples: 12, cause: .overrun),
                .samples(count: 10, timeNanoseconds: 9000),
                .gap(lostSamples: 5, cause: .stalled),
            ], isLive: true)
        let ring = SampleRing(capacity: 1024)
        let control = CaptureControl()
        let loop = CaptureLoop(source: source, ring: ring, control: control)
        #expect(loop.run() == .endOfStream)
        #expect(
            drain(ring) == [
                .time(position: 0, nanoseconds: 7000),
                .samples(position: 0, count: 150),
                .gap(position: 150, lostSamples: 30, cause: .overrun),
                .gap(position: 180, lostSamples: 12, cause: .overrun),
                .time(position: 192, nanoseconds: 9000),
                .samples(position: 192, count: 10),
                .gap(position: 202, lostSamples: 5, cause: .stalled),
            ])
        #expect(control.samplesCaptured == 160)
        #expect(control.samplesMissed == 47)
        #expect(control.gaps == 3)
        #expect(control.idleReads == 2)
        #expect(control.samplesOverflowed == 0)
        #expect(source.closings == 1)
    }

    @Test func timesAreMarkedOnceASecond() throws {
        let blocks = (0..<50).map { block in
            ScriptedSource.Step.samples(
                count: 1000, timeNanoseconds: Int64(block) * 1_000_000_000 / 16)
        }
        let ring = SampleRing(capacity: 65_536)
        let source = try ScriptedSource(blocks, isLive: true)
        _ = CaptureLoop(source: source, ring: ring, control: CaptureControl()).run()
        let times = drain(ring).filter { if case .time = $0 { true } else { false } }
        #expect(
            times
                == (0..<4).map {
                    .time(position: Int64($0) * 16_000, nanoseconds: Int64($0) * 1_000_000_000)
                })
    }

    @Test func samplesWithoutTimesGiveNoMarks() throws {
        let ring = SampleRing(capacity: 1024)
        let source = try ScriptedSource(
            [.samples(count: 100, timeNanoseconds: nil)], isLive: false)
        _ = CaptureLoop(source: source, ring: ring, control: CaptureControl()).run()
        #expect(drain(ring) == [.samples(position: 0, count: 100)])
    }

    @Test func aLiveSourceDropsWhatFindsNoRoom() throws {
        let ring = SampleRing(capacity: 64)
        let control = CaptureControl()
        let source = try ScriptedSource(
            [
                .samples(count: 60, timeNanoseconds: nil), .samples(count: 60, timeNanoseconds: 1),
                .samples(count: 60, timeNanoseconds: 2),
            ], isLive: true)
        #expect(CaptureLoop(source: source, ring: ring, control: control).run() == .endOfStream)
        #expect(
            drain(ring) == [
                .samples(position: 0, count: 60), .time(position: 60, nanoseconds: 1),
                .samples(position: 60, count: 4),
                .gap(position: 64, lostSamples: 116, cause: .overflow),
            ])
        #expect(control.samplesCaptured == 180)
        #expect(control.samplesOverflowed == 116)
        #expect(control.samplesMissed == 0)
    }

    @Test func aFaultIsDescribed() throws {
        let fault = CaptureFault(kind: .truncated, code: 3)
        let source = try ScriptedSource(
            [.samples(count: 5, timeNanoseconds: nil), .fault(fault)], isLive: false)
        let ring = SampleRing(capacity: 16)
        let loop = CaptureLoop(source: source, ring: ring, control: CaptureControl())
        #expect(loop.run() == .failed(source.describe(fault)))
        #expect(drain(ring) == [.samples(position: 0, count: 5)])
        #expect(source.closings == 1)
    }

    @Test func aStopEndsTheLoopBeforeTheNextRead() throws {
        let control = CaptureControl()
        let source = try ScriptedSource(
            [
                .samples(count: 5, timeNanoseconds: nil), .call { control.requestStop() },
                .samples(count: 5, timeNanoseconds: nil),
            ], isLive: true)
        let ring = SampleRing(capacity: 16)
        #expect(CaptureLoop(source: source, ring: ring, control: control).run() == .stopped)
        #expect(drain(ring) == [.samples(position: 0, count: 5)])
    }
}

@Suite struct CaptureThreadTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func file(_ samples: [Float], pace: FileSource.Pace) throws -> sending FileSource {
        let path = directory.path("sound.wav")
        try SoundFileWriter.write(samples, to: path, format: .wavFloat)
        return try FileSource(path: path, pace: pace)
    }

    /// The ring holds far less than the file: the thread must wait and lose nothing.
    @Test(arguments: [(1, 500), (64, 10_000), (4096, 20_000)])
    func aFileWaitsForRoom(_ capacity: Int, _ length: Int) throws {
        let samples = (0..<length).map(Float.init)
        let ring = SampleRing(capacity: capacity)
        let thread = try CaptureThread(
            name: "test", source: try file(samples, pace: .maximum), ring: ring)
        var found: [Float] = []
        var block = [Float](repeating: 0, count: 1000)
        reading: while true {
            switch block.withUnsafeMutableBufferPointer({ ring.read(into: $0) }) {
            case .samples(_, let count): found += block[..<count]
            case .finished: break reading
            case .empty: MonotonicClock.sleep(until: MonotonicClock.now() + 50_000)
            case .gap, .time: Issue.record("a file has neither gaps nor times at this pace")
            }
        }
        #expect(difference(found, samples) == nil)
        #expect(thread.join() == .endOfStream)
        #expect(thread.join() == .endOfStream)
        #expect(thread.control.samplesCaptured == Int64(length))
        #expect(!thread.isRealtime, "reading a file must not displace other work")
    }

    /// Stopped while it waits for room that never comes.
    @Test func aStopEndsTheWaitForRoom() throws {
        let ring = SampleRing(capacity: 16)
        let thread = try CaptureThread(
            name: "test", source: try file((0..<1000).map(Float.init), pace: .maximum), ring: ring)
        while thread.control.samplesCaptured == 0 { MonotonicClock.sleep(for: .milliseconds(1)) }
        thread.requestStop()
        #expect(thread.join() == .stopped)
        #expect(thread.control.samplesOverflowed == 984)
    }

    /// A badly damaged recording has more gaps than the ring has tags: they wait for the consumer.
    @Test func manyGapsOfARecordingWait() throws {
        let ring = SampleRing(capacity: 65_536)
        let steps = (0..<1_000).flatMap { _ -> [ScriptedSource.Step] in
            [.samples(count: 4, timeNanoseconds: nil), .gap(lostSamples: 2, cause: .damaged)]
        }
        let thread = try CaptureThread(
            name: "test", source: try ScriptedSource(steps, isLive: false), ring: ring)
        MonotonicClock.sleep(for: .milliseconds(50))
        let passages = drain(ring)
        #expect(thread.join() == .endOfStream)
        #expect(ring.lostSamples == 2_000 && ring.storedSamples == 4_000)
        let expected = (0..<1_000).flatMap { round -> [SampleRing.Passage] in
            let position = Int64(6 * round)
            return [
                .samples(position: position, count: 4),
                .gap(position: position + 4, lostSamples: 2, cause: .damaged),
            ]
        }
        #expect(passages == expected)
    }

    @Test func aThreadThatIsLetGoStops() throws {
        let ring = SampleRing(capacity: 16)
        let control: CaptureControl
        do {
            let source = try file((0..<1000).map(Float.init), pace: .maximum)
            let thread = try CaptureThread(name: "test", source: source, ring: ring)
            control = thread.control
            while control.samplesCaptured == 0 { MonotonicClock.sleep(for: .milliseconds(1)) }
        }
        #expect(control.isStopRequested)
        #expect(drain(ring) == [.samples(position: 0, count: 16)])
    }

    @Test func aMicrophoneIsHeardAndStopped() throws {
        let frames = (0..<24_000).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let microphone = try TestMicrophone(frames: frames, formats: ["S16_LE"])
        let ring = SampleRing(capacity: 1 << 21)
        let thread = try CaptureThread(
            name: "mic", source: try ALSASource(device: microphone.deviceName), ring: ring)
        try waitOnThread(until: "it is heard") { thread.control.samplesCaptured >= 24_000 }
        thread.requestStop()
        let start = MonotonicClock.now()
        #expect(thread.join() == .stopped)
        #expect(MonotonicClock.now() - start < 10_000_000_000, "at once, not at the next fault")
        var samples = 0
        var times = 0
        for passage in drain(ring) {
            switch passage {
            case .samples(_, let count): samples += count
            case .time: times += 1
            default: Issue.record("\(passage)")
            }
        }
        #expect(samples == Int(thread.control.samplesCaptured))
        #expect(times >= 1)
    }
}
