public import SoundTypes
public import Timekeeping

/// Turns the scores of the network into events.
///
/// Per label: exponential smoothing, two thresholds, a minimum duration, a merge gap and a longest
/// part; see `LabelParameters`. Each step is `[labels]` scores for the samples from `start` to
/// `end`, and begins where the one before it ended.
///
/// - The onset of an event is the first sample of the first step whose smoothed score reached the
///   on threshold. The event is announced later, once it has lasted the minimum duration.
/// - Its offset is the first sample of the step in which the smoothed score fell below the off
///   threshold for good. This is known, and emitted, one merge gap later.
/// - If a step would make a part longer than the maximum duration, the part ends at the last sample
///   heard before that step and the next part of the same event begins at that sample.
///
/// A step allocates nothing. The type holds no clock: time is counted in samples.
public struct EventTracker: Sendable {
    /// While a sound goes on, an update is emitted after at most this much audio.
    public static let updateSeconds = 0.5
    /// An update is emitted at once when the peak has risen by this much since the last emission.
    public static let updateRise: Float = 0.05

    private var tracks: [LabelTrack]
    private var lastEvent: Int64 = 0
    private var stepLength: Int64 = 0
    /// The end of the last step; `nil` before the first one and after a gap.
    private var position: Int64?

    /// A tracker for the labels of the network, in the order of their scores.
    public init(labels: [LabelParameters], rate: SampleRate) throws(TrackingError) {
        tracks = []
        for (index, parameters) in labels.enumerated() {
            try parameters.validate()
            tracks.append(LabelTrack(label: index, parameters: parameters, rate: rate))
        }
    }

    /// Takes one step of scores, one per label, for the samples from `start` to `end`.
    ///
    /// A score that is not a number counts as 0; scores are clamped to 0 to 1. A step that does not
    /// begin where the last one ended is preceded by a gap. `emit` must not use the tracker.
    public mutating func process(
        scores: Span<Float>, start: Int64, end: Int64, emit: (TrackedChange) -> Void
    ) {
        precondition(scores.count == tracks.count, "one score for each label")
        precondition(start < end, "a step has at least one sample")
        if let position, position != start { gap(emit: emit) }
        adoptStepLength(end - start)
        for index in tracks.indices {
            tracks[index].step(
                score: scores[index], start: start, end: end, lastEvent: &lastEvent, emit: emit)
        }
        position = end
    }

    /// Audio is missing from here on, or none follows: open events end at the last sample in which
    /// they were heard, and smoothing starts afresh with the next step.
    public mutating func gap(emit: (TrackedChange) -> Void) {
        for index in tracks.indices { tracks[index].restart(emit: emit) }
        position = nil
    }

    private mutating func adoptStepLength(_ length: Int64) {
        guard length != stepLength else { return }
        stepLength = length
        for index in tracks.indices { tracks[index].adoptStepLength(length) }
    }
}
