import SoundTypes
import Timekeeping
import Tracking

let rate = SampleRate(hertz: 16_000)!
/// The samples in a step of 40 ms.
let step: Int64 = 640

/// Thresholds 0.5 and 0.3, no smoothing, no announcement, and lengths in steps.
func parameters(
    minimum: Double = 0, gap: Double = 0, maximum: Double = 1_000, smoothing: Double = 0,
    announce: Float? = nil, window: Double = 0
) -> LabelParameters {
    let seconds = Double(step) / Double(rate.hertz)
    return LabelParameters(
        onThreshold: 0.5, offThreshold: 0.3, announceThreshold: announce,
        announceSeconds: window * seconds, smoothingSeconds: smoothing * seconds,
        minimumDurationSeconds: minimum * seconds, mergeGapSeconds: gap * seconds,
        maximumDurationSeconds: maximum * seconds)
}

/// A tracker for one label that keeps what it emits. Positions are in steps.
struct Recorder {
    var tracker: EventTracker
    var changes: [TrackedChange] = []
    /// The step with which each change came.
    var steps: [Int64] = []
    private var now: Int64 = 0

    init(_ parameters: LabelParameters) throws {
        tracker = try EventTracker(labels: [parameters], rate: rate, stepSamples: Int(step))
    }

    mutating func feed(_ scores: [Float]) {
        for score in scores {
            tracker.process(
                scores: [score].span, start: now * step, end: (now + 1) * step
            ) {
                changes.append($0)
                steps.append(now)
            }
            now += 1
        }
    }

    mutating func skip(_ steps: Int64) { now += steps }

    mutating func finish() {
        tracker.gap {
            changes.append($0)
            steps.append(now - 1)
        }
    }

    /// What was emitted, without the updates.
    var bounds: [Bound] {
        changes.filter { $0.kind != .updated }.map {
            Bound(
                $0.kind, event: $0.event, part: $0.part, onset: $0.onset / step,
                heardUntil: $0.heardUntil / step)
        }
    }
}

/// A change, with its positions in steps.
struct Bound: Equatable, CustomStringConvertible {
    let kind: TrackedChange.Kind
    let event: Int64
    let part: Int
    let onset: Int64
    let heardUntil: Int64

    init(
        _ kind: TrackedChange.Kind, event: Int64 = 1, part: Int = 1, onset: Int64,
        heardUntil: Int64
    ) {
        self.kind = kind
        self.event = event
        self.part = part
        self.onset = onset
        self.heardUntil = heardUntil
    }

    var description: String { "\(kind) \(event).\(part) \(onset)..<\(heardUntil)" }
}
