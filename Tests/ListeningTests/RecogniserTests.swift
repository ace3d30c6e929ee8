import TestSupport
import Testing

@testable import Listening
@testable import ModelFormat
@testable import Timekeeping

@Suite struct RecogniserTests {
    private let rate = SampleRate(hertz: 16_000)!

    /// The project's key test, for the whole chain: pieces of any length give the same scores.
    @Test func streamingEqualsBatch() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let signal = (0..<48_000).map { _ in Float.random(in: -0.3...0.3, using: &random) }
        let whole = try steps(of: [signal])
        var pieces: [[Float]] = []
        var start = 0
        while start < signal.count {
            let end = min(signal.count, start + Int.random(in: 1...2_000, using: &random))
            pieces.append(Array(signal[start..<end]))
            start = end
        }
        #expect(try steps(of: pieces) == whole, "seed \(seed)")
    }

    @Test(arguments: [0, 1, 399, 400, 640, 16_000, 16_001, 16_639])
    func theStepsCoverTheRecording(length: Int) throws {
        let steps = try steps(of: [[Float](repeating: 0.1, count: length)], at: 5_000)
        var position: Int64 = 5_000
        for step in steps {
            #expect(step.start == position)
            #expect(step.end > step.start)
            position = step.end
        }
        #expect(position == 5_000 + Int64(length))
        #expect(steps.dropLast().allSatisfy { $0.end - $0.start == 640 })
    }

    @Test func beginForgetsWhatWasHeard() throws {
        let recogniser = try Recogniser(model: Model.builtIn(), sampleRate: rate)
        let signal = (0..<20_000).map { Float($0 % 37) / 40 - 0.5 }
        recogniser.process([Float](repeating: 0.9, count: 7_777).span) { _, _, _ in }
        recogniser.begin(at: 0)
        var again: [Step] = []
        recogniser.process(signal.span) { again.append(Step($0, $1, $2)) }
        recogniser.finish { again.append(Step($0, $1, $2)) }
        #expect(try steps(of: [signal]) == again)
    }

    private struct Step: Equatable {
        var scores: [Float]
        var start: Int64
        var end: Int64

        init(_ scores: Span<Float>, _ start: Int64, _ end: Int64) {
            self.scores = (0..<scores.count).map { scores[$0] }
            self.start = start
            self.end = end
        }
    }

    private func steps(of pieces: [[Float]], at position: Int64 = 0) throws -> [Step] {
        let recogniser = try Recogniser(model: Model.builtIn(), sampleRate: rate)
        recogniser.begin(at: position)
        var steps: [Step] = []
        for piece in pieces { recogniser.process(piece.span) { steps.append(Step($0, $1, $2)) } }
        recogniser.finish { steps.append(Step($0, $1, $2)) }
        return steps
    }
}
