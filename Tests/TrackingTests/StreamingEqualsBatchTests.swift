import Glibc
import SoundTypes
import TestSupport
import Testing
import Timekeeping
import Tracking

/// The tracker against a slow, literal implementation of its definition over the whole recording at
/// once.
@Suite struct StreamingEqualsBatchTests {
    @Test func randomScores() throws {
        let base = UInt64.random(in: 0 ... .max)
        print("StreamingEqualsBatchTests seed: \(base)")
        var parts = 0
        for round in 0..<400 {
            let seed = base &+ UInt64(round)
            var generator = SeededRandom(seed: seed)
            let parameters = randomParameters(&generator)
            let scores = randomScores(&generator)
            let batch = Batch(parameters: parameters, scores: scores).parts
            let streamed = try stream(parameters, scores)
            #expect(streamed == batch, "seed \(seed)")
            parts += batch.count
        }
        #expect(parts > 1_000, "the random scores hold too few events to say anything")
    }

    private func randomParameters(_ generator: inout SeededRandom) -> LabelParameters {
        let minimum = Double.random(in: 0...6, using: &generator)
        let gap = Double.random(in: 0...6, using: &generator)
        return parameters(
            minimum: minimum, gap: gap,
            maximum: minimum + gap + Double.random(in: 1.1...20, using: &generator),
            smoothing: Bool.random(using: &generator) ? 0 : .random(in: 0...4, using: &generator))
    }

    /// Scores that stay high or low for a while, with noise around both thresholds.
    private func randomScores(_ generator: inout SeededRandom) -> [Float] {
        var level: Float = 0
        return (0..<300).map { _ in
            if Int.random(in: 0..<8, using: &generator) == 0 {
                level = Float.random(in: 0...1, using: &generator)
            }
            return level + Float.random(in: -0.2...0.2, using: &generator)
        }
    }

    private func stream(_ parameters: LabelParameters, _ scores: [Float]) throws -> [Part] {
        var recorder = try Recorder(parameters)
        recorder.feed(scores)
        recorder.finish()
        var open: TrackedChange?
        var parts: [Part] = []
        for change in recorder.changes {
            switch change.kind {
            case .began:
                #expect(open == nil)
                open = change
            case .updated, .ended:
                let first = try #require(open)
                #expect(first.event == change.event && first.part == change.part)
                #expect(first.onset == change.onset && first.peak <= change.peak)
                if change.kind == .ended {
                    parts.append(Part(change))
                    open = nil
                }
            }
        }
        #expect(open == nil)
        return parts
    }
}

/// One part of an event.
private struct Part: Equatable, CustomStringConvertible {
    let event: Int64
    let part: Int
    let onset: Int64
    let heardUntil: Int64
    let peak: Float
    let mean: Float

    init(event: Int64, part: Int, onset: Int64, heardUntil: Int64, peak: Float, mean: Float) {
        self.event = event
        self.part = part
        self.onset = onset
        self.heardUntil = heardUntil
        self.peak = peak
        self.mean = mean
    }

    init(_ change: TrackedChange) {
        self.init(
            event: change.event, part: change.part, onset: change.onset,
            heardUntil: change.heardUntil, peak: change.peak, mean: change.mean)
    }

    var description: String { "\(event).\(part) \(onset)..<\(heardUntil) \(peak) \(mean)" }

    static func == (left: Part, right: Part) -> Bool {
        left.event == right.event && left.part == right.part && left.onset == right.onset
            && left.heardUntil == right.heardUntil && left.peak == right.peak
            && abs(left.mean - right.mean) < 1e-5
    }
}

/// The definition, taken literally: smooth everything, find the stretches, drop the short ones, cut
/// the long ones.
private struct Batch {
    let parameters: LabelParameters
    let smoothed: [Float]

    init(parameters: LabelParameters, scores: [Float]) {
        self.parameters = parameters
        let seconds = Double(step) / Double(rate.hertz)
        let tau = parameters.smoothingSeconds
        let coefficient = tau > 0 ? Float(1 - exp(-seconds / tau)) : 1
        var values: [Float] = []
        for score in scores {
            let clean = min(max(score, 0), 1)
            guard let last = values.last else {
                values.append(clean)
                continue
            }
            values.append(last + coefficient * (clean - last))
        }
        smoothed = values
    }

    private func samples(_ seconds: Double) -> Int64 { Int64(rate.samples(seconds)) }

    var parts: [Part] {
        var result: [Part] = []
        var event: Int64 = 0
        for stretch in stretches() {
            let length = Int64(stretch.count) * step
            guard length >= samples(parameters.minimumDurationSeconds) else { continue }
            event += 1
            for (index, piece) in cut(stretch).enumerated() {
                result.append(part(event: event, part: index + 1, steps: piece))
            }
        }
        return result
    }

    /// From each rise to the last step at or above the off threshold before a dip of the merge gap
    /// or longer.
    private func stretches() -> [Range<Int>] {
        var result: [Range<Int>] = []
        var next = 0
        while let first = (next..<smoothed.count).first(where: {
            smoothed[$0] >= parameters.onThreshold
        }) {
            var last = first
            while let again = (last + 1..<max(last + 1, smoothed.count)).first(where: {
                smoothed[$0] >= parameters.offThreshold
            }) {
                let dip = Int64(again - last - 1) * step
                guard dip == 0 || dip < samples(parameters.mergeGapSeconds) else { break }
                last = again
            }
            result.append(first..<last + 1)
            next = last + 1
        }
        return result
    }

    /// A cut before each sounding step that would make the part too long, at the end of the
    /// sounding step before it. The first part has at least the minimum duration.
    private func cut(_ stretch: Range<Int>) -> [Range<Int>] {
        let sounding = stretch.filter { smoothed[$0] >= parameters.offThreshold }
        let minimum = samples(parameters.minimumDurationSeconds)
        var pieces: [Range<Int>] = []
        var onset = stretch.lowerBound
        for (previous, index) in zip(sounding, sounding.dropFirst()) {
            let isTooLong =
                Int64(index + 1 - onset) * step > samples(parameters.maximumDurationSeconds)
            let isAnnounced =
                !pieces.isEmpty || Int64(previous + 1 - onset) * step >= minimum
            if isTooLong && isAnnounced && previous + 1 > onset {
                pieces.append(onset..<previous + 1)
                onset = previous + 1
            }
        }
        return pieces + [onset..<stretch.upperBound]
    }

    private func part(event: Int64, part: Int, steps: Range<Int>) -> Part {
        let values = smoothed[steps]
        return Part(
            event: event, part: part, onset: Int64(steps.lowerBound) * step,
            heardUntil: Int64(steps.upperBound) * step, peak: values.max() ?? 0,
            mean: values.reduce(0, +) / Float(values.count))
    }
}
