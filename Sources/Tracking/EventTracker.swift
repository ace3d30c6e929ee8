public import SoundTypes
public import Timekeeping

/// Turns the scores of the network into events.
///
/// Two decisions are made for each event of a label; see `LabelParameters` and docs/tracking.md.
///
/// - It is *announced* as soon as the newest scores suffice: `.began`, with the onset as far as it
///   is known. This is optional; a label may wait until the event is settled.
/// - It is *settled* by scores that went through a median filter, with two thresholds, a minimum
///   duration, a merge gap and a longest part: half the filter later, its true onset is known.
///   From then on it is reported as the filtered scores have it. If it was not announced, it begins
///   here.
/// - What was announced and is not settled is `.retracted`.
///
/// Each step is `[labels]` scores for the samples from `start` to `end`, and begins where the one
/// before it ended. The onset of a settled event is the first sample of the first step whose
/// filtered score reached the on threshold; its offset is the first sample of the step in which it
/// fell below the off threshold for good, which is known half a filter and one merge gap later. If
/// a step would make a part longer than the maximum duration, the part ends at the last sample
/// heard before that step and the next part of the same event begins at that sample.
///
/// A step allocates nothing. The type holds no clock: time is counted in samples.
public struct EventTracker: Sendable {
    /// While a sound goes on, an update is emitted after at most this much audio.
    public static let updateSeconds = 0.5
    /// An update is emitted at once when the peak has risen by this much since the last emission.
    public static let updateRise: Float = 0.05

    private var tracks: [LabelTrack] = []
    private var lastEvent: Int64 = 0
    private var times: StepTimes

    /// A tracker for the labels of the network, in the order of their scores.
    ///
    /// - Parameter stepSamples: the samples of a step; the last of a stream may be shorter
    public init(
        labels: [LabelParameters], rate: SampleRate, stepSamples: Int
    ) throws(TrackingError) {
        for (index, parameters) in labels.enumerated() {
            try parameters.validate()
            tracks.append(
                LabelTrack(
                    label: index, parameters: parameters, rate: rate,
                    stepSeconds: rate.seconds(Int64(stepSamples))))
        }
        times = StepTimes(reach: tracks.map(\.reach).max() ?? 0)
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
        if let position = times.position, position != start { gap(emit: emit) }
        times.add(start: start, end: end)
        for index in tracks.indices {
            tracks[index].step(
                score: scores[index], times: times, lastEvent: &lastEvent, emit: emit)
        }
    }

    /// Audio is missing from here on, or none follows: what can be settled is, open events end at
    /// the last sample in which they were heard, and filtering starts afresh with the next step.
    public mutating func gap(emit: (TrackedChange) -> Void) {
        for index in tracks.indices {
            tracks[index].finish(times: times, lastEvent: &lastEvent, emit: emit)
        }
        times.restart()
    }
}
