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
        var (parts, retracted, corrected) = (0, 0, 0)
        // Those that are always the same say enough, whatever the others are.
        let seeds = Array(0..<300) + (0..<300).map { base &+ $0 }
        for seed in seeds {
            var generator = SeededRandom(seed: seed)
            let parameters = randomParameters(&generator)
            let scores = randomScores(&generator)
            let batch = Batch(parameters: parameters, scores: scores)
            let streamed = try stream(parameters, scores)
            #expect(streamed.parts == batch.parts, "seed \(seed)")
            #expect(streamed.beginnings == batch.beginnings, "seed \(seed)")
            parts += batch.parts.count
            retracted += batch.beginnings.count { $0.settled == nil }
            corrected += batch.beginnings.count { $0.isCorrected(by: batch.parts) }
        }
        #expect(
            parts > 1_000 && retracted > 30 && corrected > 10,
            "too few to say anything: \(parts), \(retracted) retracted, \(corrected) corrected")
    }

    private func randomParameters(_ generator: inout SeededRandom) -> LabelParameters {
        let minimum = Double.random(in: 0...6, using: &generator)
        let gap = Double.random(in: 0...6, using: &generator)
        return parameters(
            minimum: minimum, gap: gap,
            maximum: minimum + gap + Double.random(in: 1.1...20, using: &generator),
            smoothing: Bool.random(using: &generator) ? 0 : .random(in: 0...7, using: &generator),
            announce: Bool.random(using: &generator)
                ? nil : Float.random(in: 0.4...0.9, using: &generator),
            window: .random(in: 0...9, using: &generator))
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

    private func stream(
        _ parameters: LabelParameters, _ scores: [Float]
    ) throws -> (parts: [Part], beginnings: [Beginning]) {
        var recorder = try Recorder(parameters)
        recorder.feed(scores)
        recorder.finish()
        var open: TrackedChange?
        var parts: [Part] = []
        var beginnings: [Beginning] = []
        var numbers: [Int64: Int64] = [:]  // of the settled events, in their order
        for change in recorder.changes {
            switch change.kind {
            case .began:
                #expect(open == nil)
                open = change
                if change.part == 1 {
                    beginnings.append(
                        Beginning(onset: change.onset, heardUntil: change.heardUntil))
                    #expect(change.event == Int64(beginnings.count))
                }
            case .updated, .ended, .retracted:
                let first = try #require(open)
                #expect(first.event == change.event && first.part == change.part)
                if change.kind == .ended {
                    let number = numbers[change.event] ?? Int64(numbers.count) + 1
                    numbers[change.event] = number
                    parts.append(Part(change, number: number))
                    beginnings[Int(change.event) - 1].settled = number
                }
                if change.kind == .ended || change.kind == .retracted { open = nil }
            }
        }
        #expect(open == nil)
        return (parts, beginnings)
    }
}

/// How an event was first told of: announced, or settled at once.
private struct Beginning: Equatable {
    var onset: Int64
    var heardUntil: Int64
    /// The number of the event it became, among those that were settled; `nil`: it was retracted.
    var settled: Int64?

    func isCorrected(by parts: [Part]) -> Bool {
        parts.contains { $0.event == settled && $0.part == 1 && $0.onset != onset }
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

    init(_ change: TrackedChange, number: Int64) {
        self.init(
            event: number, part: change.part, onset: change.onset,
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

    let scores: [Float]
    /// Half the filter, in steps.
    let delay: Int

    init(parameters: LabelParameters, scores: [Float]) {
        self.parameters = parameters
        let clean = scores.map { min(max($0, 0), 1) }
        let half = max(0, Int(((parameters.smoothingSeconds / stepSeconds - 1) / 2).rounded()))
        self.scores = clean
        delay = half
        smoothed = clean.indices.map { index in
            median(clean[max(0, index - half)...min(clean.count - 1, index + half)])
        }
    }

    private func samples(_ seconds: Double) -> Int64 { Int64(rate.samples(seconds)) }

    private func isLongEnough(_ stretch: Range<Int>) -> Bool {
        Int64(stretch.count) * step >= samples(parameters.minimumDurationSeconds)
    }

    var parts: [Part] {
        var result: [Part] = []
        var event: Int64 = 0
        for stretch in stretches() {
            guard isLongEnough(stretch) else { continue }
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

    // MARK: Announcements

    private enum Phase { case quiet, candidate, open }

    /// What is under way after each filtered score, which stretch it belongs to, and which event
    /// opens with it.
    private func phases() -> (
        phases: [Phase], stretches: [Int: Range<Int>],
        opened: [Int: (number: Int64, onset: Int)]
    ) {
        var phases = Array(repeating: Phase.quiet, count: smoothed.count)
        var under: [Int: Range<Int>] = [:]
        var opened: [Int: (number: Int64, onset: Int)] = [:]
        for stretch in stretches() {
            let closed =
                (stretch.upperBound..<max(stretch.upperBound, smoothed.count)).first {
                    Int64($0 + 1 - stretch.upperBound) * step
                        >= samples(parameters.mergeGapSeconds)
                } ?? smoothed.count
            for index in stretch.lowerBound..<closed {
                phases[index] = .candidate
                under[index] = stretch
            }
            guard isLongEnough(stretch) else { continue }
            let minimum = samples(parameters.minimumDurationSeconds)
            let opens = stretch.first { index in
                smoothed[index] >= parameters.offThreshold
                    && Int64(index + 1 - stretch.lowerBound) * step >= minimum
            }
            guard let opens else { continue }
            for index in opens..<closed { phases[index] = .open }
            opened[opens] = (Int64(opened.count) + 1, stretch.lowerBound)
        }
        return (phases, under, opened)
    }

    /// Goes through real time: the filtered score of a step is known `delay` steps later.
    var beginnings: [Beginning] {
        let (phases, stretches, opened) = phases()
        var result: [Beginning] = []
        var pending: Beginning?
        var (heardUntil, isArmed, lastEnd) = (0, true, 0)
        for index in 0..<(scores.count + delay) {
            let settled = index - delay
            if settled >= 0, settled < scores.count {
                if let event = opened[settled] {
                    if pending == nil {
                        result.append(
                            Beginning(
                                onset: Int64(event.onset) * step,
                                heardUntil: Int64(settled + 1) * step))
                    }
                    result[result.count - 1].settled = event.number
                    pending = nil
                }
                if phases[settled] == .quiet, settled + 1 >= heardUntil + delay { pending = nil }
                // Open with the score before, and no longer.
                if settled > 0, phases[settled - 1] == .open, phases[settled] != .open,
                    let stretch = stretches[settled - 1]
                {
                    lastEnd = stretch.upperBound
                }
            }
            guard index < scores.count, let threshold = parameters.announceThreshold else {
                continue
            }
            let window = max(1, Int((parameters.announceSeconds / stepSeconds).rounded()))
            let newest = median(scores[max(0, index + 1 - window)...index])
            if newest < min(threshold, parameters.offThreshold) { isArmed = true }
            let isOpen = settled >= 0 && phases[settled] == .open
            let first = index - window / 2
            guard pending == nil, !isOpen, isArmed, index + 1 >= window, newest >= threshold,
                first >= lastEnd
            else { continue }
            (isArmed, heardUntil) = (false, index + 1)
            let candidate = settled >= 0 ? stretches[settled]?.lowerBound : nil
            let beginning = Beginning(
                onset: Int64(min(first, candidate ?? first)) * step,
                heardUntil: Int64(index + 1) * step)
            pending = beginning
            result.append(beginning)
        }
        return result
    }
}

/// Of an even number of values the lower of the two in the middle.
private func median(_ values: ArraySlice<Float>) -> Float {
    values.sorted()[(values.count - 1) / 2]
}

private let stepSeconds = Double(step) / Double(rate.hertz)
