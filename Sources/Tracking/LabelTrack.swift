internal import SoundTypes
internal import Timekeeping

/// The events of one label: a small state machine, stepped once per network step.
///
/// ```
///            ≥ on               minimum duration reached, .began
///   quiet ─────────> candidate ─────────────────────────────────> open ──┐ .updated; beyond the
///     ^                  │                                          │ ^──┘ maximum .ended .began
///     └──────────────────┴── below off for the merge gap ───────────┘ .ended
/// ```
struct LabelTrack: Sendable {
    private enum Phase { case quiet, candidate, open }

    private let label: Int
    private let limits: Limits
    private var smoother: Smoother
    private var phase = Phase.quiet
    private var event: Int64 = 0
    private var part = 0
    private var onset: Int64 = 0
    private var heardUntil: Int64 = 0
    /// The steps from `onset` to `heardUntil`.
    private var heard = Tally()
    /// The steps below the off threshold since `heardUntil`.
    private var dip = Tally()
    private var emittedAt: Int64 = 0
    private var emittedPeak: Float = 0

    init(label: Int, parameters: LabelParameters, rate: SampleRate) {
        self.label = label
        limits = Limits(parameters, rate: rate)
        smoother = Smoother(
            timeConstantSamples: parameters.smoothingSeconds * Double(rate.hertz))
    }

    mutating func adoptStepLength(_ samples: Int64) {
        smoother.adoptStepLength(samples)
    }

    mutating func step(
        score: Float, start: Int64, end: Int64, lastEvent: inout Int64,
        emit: (TrackedChange) -> Void
    ) {
        // Comparisons with NaN are false: NaN becomes 0.
        let smoothed = smoother.next(score > 0 ? min(score, 1) : 0)
        if phase == .quiet {
            guard smoothed >= limits.on else { return }
            rise(at: start)
        }
        if smoothed >= limits.off {
            hear(smoothed, start: start, end: end, lastEvent: &lastEvent, emit: emit)
        } else {
            dip.add(smoothed, samples: end - start)
            if end - heardUntil >= limits.mergeGap { close(emit: emit) }
        }
    }

    mutating func restart(emit: (TrackedChange) -> Void) {
        close(emit: emit)
        smoother.restart()
    }

    private mutating func rise(at start: Int64) {
        phase = .candidate
        part = 1
        onset = start
        heardUntil = start
        heard = Tally()
        dip = Tally()
    }

    private mutating func hear(
        _ smoothed: Float, start: Int64, end: Int64, lastEvent: inout Int64,
        emit: (TrackedChange) -> Void
    ) {
        let splits = phase == .open && end - onset > limits.maximum && heardUntil > onset
        if splits { beginNextPart(emit: emit) }
        heard.add(dip)
        dip = Tally()
        heard.add(smoothed, samples: end - start)
        heardUntil = end
        if phase == .candidate, end - onset >= limits.minimum {
            phase = .open
            lastEvent += 1
            event = lastEvent
            report(.began, at: end, emit: emit)
        } else if splits {
            report(.began, at: end, emit: emit)
        } else if phase == .open, isUpdateDue(at: end) {
            report(.updated, at: end, emit: emit)
        }
    }

    private mutating func beginNextPart(emit: (TrackedChange) -> Void) {
        report(.ended, at: heardUntil, emit: emit)
        part += 1
        onset = heardUntil
        heard = Tally()
    }

    private mutating func close(emit: (TrackedChange) -> Void) {
        if phase == .open { report(.ended, at: heardUntil, emit: emit) }
        phase = .quiet
    }

    private func isUpdateDue(at end: Int64) -> Bool {
        end - emittedAt >= limits.update || heard.peak - emittedPeak >= EventTracker.updateRise
    }

    private mutating func report(
        _ kind: TrackedChange.Kind, at position: Int64, emit: (TrackedChange) -> Void
    ) {
        emittedAt = position
        emittedPeak = heard.peak
        emit(
            TrackedChange(
                kind: kind, label: label, event: event, part: part, onset: onset,
                heardUntil: heardUntil, peak: heard.peak, mean: heard.mean))
    }
}

/// The parameters of a label in samples.
private struct Limits: Sendable {
    let on: Float
    let off: Float
    let minimum: Int64
    let mergeGap: Int64
    let maximum: Int64
    let update: Int64

    init(_ parameters: LabelParameters, rate: SampleRate) {
        on = parameters.onThreshold
        off = parameters.offThreshold
        minimum = Int64(rate.samples(parameters.minimumDurationSeconds))
        mergeGap = Int64(rate.samples(parameters.mergeGapSeconds))
        maximum = Int64(rate.samples(parameters.maximumDurationSeconds))
        update = Int64(rate.samples(EventTracker.updateSeconds))
    }
}

/// Peak and mean of smoothed scores, each weighted by the length of its step.
private struct Tally: Sendable {
    private(set) var peak: Float = 0
    private var sum = 0.0
    private var samples: Int64 = 0

    var mean: Float { samples > 0 ? Float(sum / Double(samples)) : 0 }

    mutating func add(_ score: Float, samples count: Int64) {
        peak = max(peak, score)
        sum += Double(score) * Double(count)
        samples += count
    }

    mutating func add(_ other: Tally) {
        peak = max(peak, other.peak)
        sum += other.sum
        samples += other.samples
    }
}
