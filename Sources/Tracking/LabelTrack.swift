internal import SoundTypes
internal import Timekeeping

/// The events of one label: a small state machine, stepped once per network step.
///
/// A sound is settled by the filtered scores, which come half a filter late:
///
/// ```
///            ≥ on               minimum duration reached
///   quiet ─────────> candidate ──────────────────────────> open ──┐ .updated; beyond the
///     ^                  │                                   │ ^──┘ maximum .ended .began
///     └──────────────────┴── below off for the merge gap ────┘ .ended
/// ```
///
/// It may be announced before, by the newest scores as they are. What was announced becomes the
/// event that opens, or is retracted: when the filtered scores are half a filter past the
/// announcement, and neither is an event open nor has a candidate begun.
struct LabelTrack: Sendable {
    private enum Phase { case quiet, candidate, open }

    /// How many steps the filtered scores are late.
    var delay: Int { filter.delay }
    /// How many steps before the newest one the track has to know the time of.
    var reach: Int { max(2 * delay, announcer?.majority ?? 0) }

    private let label: Int
    private let limits: Limits
    private var filter: MedianFilter
    private var announcer: Announcer?
    private var announced: Announcement?
    private var phase = Phase.quiet
    private var event: Int64 = 0
    private var part = 0
    private var onset: Int64 = 0
    private var heardUntil: Int64 = 0
    /// The end of the last event that was settled.
    private var settledUntil = Int64.min
    /// The steps from `onset` to `heardUntil`.
    private var heard = Tally()
    /// The steps below the off threshold since `heardUntil`.
    private var dip = Tally()
    private var emittedAt: Int64 = 0
    private var emittedPeak: Float = 0

    init(label: Int, parameters: LabelParameters, rate: SampleRate, stepSeconds: Double) {
        self.label = label
        limits = Limits(parameters, rate: rate)
        filter = MedianFilter(seconds: parameters.smoothingSeconds, stepSeconds: stepSeconds)
        announcer = Announcer(parameters, stepSeconds: stepSeconds)
    }

    /// Takes the score of the newest of `times`.
    mutating func step(
        score: Float, times: StepTimes, lastEvent: inout Int64, emit: (TrackedChange) -> Void
    ) {
        if let filtered = filter.next(score) {
            settle(filtered, before: delay, times: times, lastEvent: &lastEvent, emit: emit)
        }
        announce(score, times: times, lastEvent: &lastEvent, emit: emit)
    }

    /// Nothing follows the newest of `times`: settles what is left and begins a new stream.
    mutating func finish(
        times: StepTimes, lastEvent: inout Int64, emit: (TrackedChange) -> Void
    ) {
        var before = min(delay, times.count)
        while let filtered = filter.drain() {
            before -= 1
            settle(filtered, before: before, times: times, lastEvent: &lastEvent, emit: emit)
        }
        close(emit: emit)
        retract(emit: emit)
        filter.restart()
        announcer?.restart()
    }

    // MARK: Settling

    private mutating func settle(
        _ filtered: Float, before steps: Int, times: StepTimes, lastEvent: inout Int64,
        emit: (TrackedChange) -> Void
    ) {
        let (start, end) = (times.start(before: steps), times.end(before: steps))
        if phase == .quiet, filtered >= limits.on { rise(at: start) }
        if phase != .quiet {
            if filtered >= limits.off {
                hear(filtered, start: start, end: end, lastEvent: &lastEvent, emit: emit)
            } else {
                dip.add(filtered, samples: end - start)
                if end - heardUntil >= limits.mergeGap { close(emit: emit) }
            }
        }
        if phase == .quiet, isOverdue(before: steps, times: times) { retract(emit: emit) }
    }

    /// Whether the filtered scores, `steps` before the newest, are half a filter past what was
    /// announced. A sound that rises slowly, or after a first short part, begins later in them.
    private func isOverdue(before steps: Int, times: StepTimes) -> Bool {
        guard let announced, steps + delay < times.count else { return false }
        return times.end(before: steps + delay) >= announced.position
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
        _ filtered: Float, start: Int64, end: Int64, lastEvent: inout Int64,
        emit: (TrackedChange) -> Void
    ) {
        let splits = phase == .open && end - onset > limits.maximum && heardUntil > onset
        if splits { beginNextPart(emit: emit) }
        heard.add(dip)
        dip = Tally()
        heard.add(filtered, samples: end - start)
        heardUntil = end
        if phase == .candidate, end - onset >= limits.minimum {
            open(lastEvent: &lastEvent, emit: emit)
        } else if splits {
            report(.began, emit: emit)
        } else if phase == .open, isUpdateDue(at: end, peak: heard.peak) {
            report(.updated, emit: emit)
        }
    }

    /// What was announced is settled as this event.
    private mutating func open(lastEvent: inout Int64, emit: (TrackedChange) -> Void) {
        phase = .open
        if let announced {
            event = announced.event
            self.announced = nil
            report(.updated, emit: emit)
        } else {
            lastEvent += 1
            event = lastEvent
            report(.began, emit: emit)
        }
    }

    private mutating func beginNextPart(emit: (TrackedChange) -> Void) {
        report(.ended, emit: emit)
        part += 1
        onset = heardUntil
        heard = Tally()
    }

    private mutating func close(emit: (TrackedChange) -> Void) {
        if phase == .open {
            report(.ended, emit: emit)
            settledUntil = heardUntil
        }
        phase = .quiet
    }

    private mutating func report(_ kind: TrackedChange.Kind, emit: (TrackedChange) -> Void) {
        emittedAt = heardUntil
        emittedPeak = heard.peak
        emit(
            TrackedChange(
                kind: kind, label: label, event: event, part: part, onset: onset,
                heardUntil: heardUntil, peak: heard.peak, mean: heard.mean))
    }

    // MARK: Announcing

    /// An event that is not settled yet.
    private struct Announcement: Sendable {
        let event: Int64
        let onset: Int64
        /// Where it was announced.
        let position: Int64
        var heardUntil: Int64
        var heard = Tally()
    }

    private mutating func announce(
        _ score: Float, times: StepTimes, lastEvent: inout Int64, emit: (TrackedChange) -> Void
    ) {
        guard announcer != nil else { return }
        announcer?.add(score)
        let (start, end) = (times.start(before: 0), times.end(before: 0))
        if announced != nil {
            goOn(samples: end - start, until: end, emit: emit)
            return
        }
        // What belongs to the event before says nothing of another one.
        let onset = times.start(before: min(announcer?.majority ?? 1, times.count) - 1)
        if phase != .open, onset >= settledUntil, announcer?.announces() == true {
            lastEvent += 1
            announced = Announcement(
                event: lastEvent, onset: phase == .candidate ? min(self.onset, onset) : onset,
                position: end, heardUntil: end)
            announced?.heard.add(announcer?.median ?? 0, samples: end - start)
            reportAnnounced(.began, emit: emit)
        }
    }

    /// What was announced goes on, as far as can be told.
    private mutating func goOn(
        samples: Int64, until end: Int64, emit: (TrackedChange) -> Void
    ) {
        guard announcer?.isHeard == true else { return }
        announced?.heardUntil = end
        announced?.heard.add(announcer?.median ?? 0, samples: samples)
        if isUpdateDue(at: end, peak: announced?.heard.peak ?? 0) {
            reportAnnounced(.updated, emit: emit)
        }
    }

    private mutating func retract(emit: (TrackedChange) -> Void) {
        reportAnnounced(.retracted, emit: emit)
        announced = nil
    }

    private mutating func reportAnnounced(
        _ kind: TrackedChange.Kind, emit: (TrackedChange) -> Void
    ) {
        guard let announced else { return }
        emittedAt = announced.heardUntil
        emittedPeak = announced.heard.peak
        emit(
            TrackedChange(
                kind: kind, isSettled: false, label: label, event: announced.event, part: 1,
                onset: announced.onset, heardUntil: announced.heardUntil,
                peak: announced.heard.peak, mean: announced.heard.mean))
    }

    private func isUpdateDue(at end: Int64, peak: Float) -> Bool {
        end - emittedAt >= limits.update || peak - emittedPeak >= EventTracker.updateRise
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

/// Peak and mean of scores, each weighted by the length of its step.
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
