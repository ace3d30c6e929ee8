import CRealtimeGuard
import Foundation
import SampleRing
import SoundTypes
import TestSupport
import Testing
import Tracking

@testable import Listening
@testable import ModelFormat
@testable import Teaching
@testable import Timekeeping

/// Ring, levels, spectrogram, network, tracking and the memory for pictures together: a hop
/// allocates nothing.
@Suite(.serialized, .enabled(if: realtime_guard_is_active(), realtimeGuardReason))
struct AnalysisRealtimeTests {
    private static let rate = SampleRate.hz48000

    @Test func aHopAllocatesNothing() throws {
        let analysis = try Analysis()
        // The runtime allocates when it meets a type for the first time.
        analysis.run(hops: 300)
        for _ in 0..<10 {
            // The last hop of a second brings the record of its levels, a message.
            realtime_guard_arm()
            analysis.run(hops: 99)
            realtime_guard_disarm()
            #expect(realtime_guard_allocations() == 0)
            analysis.run(hops: 1)
        }
        #expect(analysis.steps > 250)
        #expect(analysis.records == 13)
    }

    /// Nor where an overloaded machine leaves out what it can.
    @Test func aHopThatIsNotAnalysedInFullAllocatesNothing() throws {
        let analysis = try Analysis(isLive: true, ringSeconds: 40)
        analysis.write(seconds: 24)
        for _ in 0..<5 {
            analysis.write(seconds: 1.1)
            for _ in 0..<12 { analysis.step() }
        }
        #expect(analysis.effort == .plainLevels)
        var quiet = 0
        for _ in 0..<60 {
            analysis.write(seconds: 0.09)
            let messages = analysis.messages
            realtime_guard_arm()
            analysis.step()
            realtime_guard_disarm()
            // A message may allocate.
            guard analysis.messages == messages else { continue }
            quiet += 1
            #expect(realtime_guard_allocations() == 0)
        }
        #expect(quiet >= 45 && analysis.effort == .plainLevels)
    }

    /// Including the heads of taught sounds.
    @Test func aHopWithTaughtSoundsAllocatesNothing() throws {
        let analysis = try Analysis(taught: ["boiler", "doorbell"])
        analysis.run(hops: 300)
        for _ in 0..<5 {
            realtime_guard_arm()
            analysis.run(hops: 99)
            realtime_guard_disarm()
            #expect(realtime_guard_allocations() == 0)
            analysis.run(hops: 1)
        }
        #expect(analysis.scoresOfAStep == (try Model.builtIn().labels.count) + 2)
    }

    /// Events that are announced, settled, updated, cut into parts, ended and retracted.
    @Test func theTrackerAllocatesNothingWhateverHappens() throws {
        let labels = [0.04, 0.6, 1.2].map { seconds in
            LabelParameters(
                announceThreshold: 0.6, announceSeconds: seconds, smoothingSeconds: seconds,
                minimumDurationSeconds: 0.4, mergeGapSeconds: 0.08, maximumDurationSeconds: 2)
        }
        var tracker = try EventTracker(labels: labels, rate: Self.rate, stepSamples: 1_920)
        var random = SeededRandom(seed: 4)
        var kinds = [0, 0, 0, 0] as InlineArray<4, Int>
        var (position, level) = (Int64(0), Float(0))
        func run(steps: Int) {
            for _ in 0..<steps {
                if Int.random(in: 0..<20, using: &random) == 0 {
                    level = Float.random(in: 0...1, using: &random)
                }
                // Bursts of a few steps: announced, and too short to be settled.
                let burst: Float = Int.random(in: 0..<3, using: &random) == 0 ? 1 : level
                let scores = [burst, burst, level] as InlineArray<3, Float>
                tracker.process(scores: scores.span, start: position, end: position + 1_920) {
                    kinds[Int($0.kind.rawValue)] += 1
                }
                position += 1_920
            }
            tracker.gap { kinds[Int($0.kind.rawValue)] += 1 }
        }
        run(steps: 1_000)
        realtime_guard_arm()
        for _ in 0..<10 { run(steps: 1_000) }
        realtime_guard_disarm()
        #expect(realtime_guard_allocations() == 0)
        for kind in kinds.indices { #expect(kinds[kind] > 20) }
    }

    /// The negative control: the same run with one allocation per step.
    @Test func anAllocationInAHopIsSeen() throws {
        let kept = Kept()
        let analysis = try Analysis { scores in
            kept.scores = (0..<scores.count).map { scores[$0] }
        }
        analysis.run(hops: 300)
        realtime_guard_arm()
        analysis.run(hops: 200)
        realtime_guard_disarm()
        #expect(realtime_guard_allocations() >= 50)
    }

    private final class Kept {
        var scores: [Float] = []
    }

    /// An analysis loop fed with noise, one block of a device period at a time.
    private final class Analysis {
        private let ring: SampleRing
        private let block: [Float]
        private let counter: Counter
        private let loop: AnalysisLoop

        private final class Counter {
            var steps = 0
            var scores = 0
            var records = 0
            var messages = 0
            var effort = AnalysisEffort.full
        }

        var steps: Int { counter.steps }
        var scoresOfAStep: Int { counter.scores }
        var records: Int { counter.records }
        var messages: Int { counter.messages }
        var effort: AnalysisEffort { counter.effort }

        init(
            taught: [String] = [], isLive: Bool = false, ringSeconds: Double = 0.08,
            onScores: @escaping (Span<Float>) -> Void = { _ in }
        ) throws {
            ring = SampleRing(capacity: rate.samples(ringSeconds))
            var random = SeededRandom(seed: 1)
            block = (0..<480).map { _ in Float.random(in: -0.1...0.1, using: &random) }
            let model = try Model.builtIn()
            let counter = Counter()
            self.counter = counter
            // Thresholds that nothing reaches: an event may allocate; a hop may not.
            let sounds = taught.map { TaughtSound(testing: $0, model: model) }
            let parameters = (model.labels + taught).map { _ in
                LabelParameters(
                    onThreshold: 1, offThreshold: 1, announceThreshold: 1,
                    smoothingSeconds: 0.75)
            }
            let memory = PictureMemory(
                model: model, labels: model.labels + taught, parameters: parameters,
                ofSpeech: false)
            loop = AnalysisLoop(
                source: "microphone", ring: ring,
                recogniser: try Recogniser(
                    model: model, taught: sounds, sampleRate: rate, memory: memory),
                tracker: try EventTracker(
                    labels: parameters, rate: rate, stepSamples: rate.hertz / 25),
                levels: try LevelAnalysis(
                    settings: LevelSettings(loud: LoudParameters(absoluteDecibels: 100)),
                    sampleRate: rate),
                sampleRate: rate, startTime: UTCTime(microseconds: 0), isLive: isLive,
                nextEventID: { 1 },
                onScores: { scores, _, _ in
                    counter.steps += 1
                    counter.scores = scores.count
                    onScores(scores)
                },
                put: { message in
                    counter.messages += 1
                    if case .level = message { counter.records += 1 }
                    if case .effort(_, let effort, _) = message { counter.effort = effort }
                })
        }

        func write(seconds: Double) {
            let noise = (0..<rate.samples(seconds)).map { block[$0 % block.count] }
            _ = noise.withUnsafeBufferPointer { ring.write($0) }
        }

        func step() { _ = loop.step() }

        /// A hop is 10 ms.
        func run(hops: Int) {
            for _ in 0..<hops {
                _ = block.withUnsafeBufferPointer { ring.write($0) }
                while loop.step() == .worked { continue }
            }
        }
    }
}

extension TaughtSound {
    /// A sound whose head says 0.5 to everything.
    fileprivate init(testing label: String, model: Model) {
        self.init(
            label: label, model: model, taught: UTCTime(microseconds: 0),
            figures: TeachingFigures(
                found: [], mistaken: nil, renditions: 0, falseShare: 0, confusions: [],
                sameSounds: []),
            head: TaughtHead(
                weights: Array(repeating: 0, count: model.embeddingSize), bias: 0,
                thresholds: .init(on: 0.9, off: 0.5)))
    }
}
