internal import SoundTypes
public import Timekeeping

/// Finds sounds that are loud, whatever they are: an `EventTracker` with one label, whose score
/// says how far the level is above the threshold.
public struct LoudDetector: Sendable {
    /// A level this far from the threshold has a score of 0 or 1; at the threshold it is 0.5.
    private static let reachDecibels = 100.0

    private let parameters: LoudParameters
    private var tracker: EventTracker

    public init(parameters: LoudParameters, rate: SampleRate) throws(TrackingError) {
        try parameters.validate()
        self.parameters = parameters
        let label = LabelParameters(
            onThreshold: Self.score(excess: 0),
            offThreshold: Self.score(excess: -parameters.hysteresisDecibels),
            smoothingSeconds: 0,
            minimumDurationSeconds: parameters.minimumDurationSeconds,
            mergeGapSeconds: parameters.holdSeconds,
            maximumDurationSeconds: parameters.maximumDurationSeconds)
        // Levels are not filtered, so the length of a step is of no account.
        tracker = try EventTracker(labels: [label], rate: rate, stepSamples: 1)
    }

    /// Takes the level of the samples from `start` to `end`.
    ///
    /// - Parameters:
    ///   - level: LAF, in dB on the scale of the parameters
    ///   - background: LA90 of the minutes before, in dB; without it only the absolute threshold
    ///     counts. Above -infinity, digital silence, every sound is loud.
    ///   - emit: gets the changes of events, whose label is 0; it must not use the detector
    public mutating func process(
        level: Double, background: Double?, start: Int64, end: Int64,
        emit: (TrackedChange) -> Void
    ) {
        let excess = threshold(background: background).map { level - $0 }
        let score = [Self.score(excess: excess ?? -.infinity)] as InlineArray<1, Float>
        tracker.process(scores: score.span, start: start, end: end, emit: emit)
    }

    /// Audio is missing from here on, or none follows.
    public mutating func gap(emit: (TrackedChange) -> Void) {
        tracker.gap(emit: emit)
    }

    /// The level LAF must reach; `nil` if there is none at the moment.
    private func threshold(background: Double?) -> Double? {
        var relative: Double?
        if let background, let rise = parameters.aboveBackgroundDecibels {
            relative = background + rise
        }
        guard let absolute = parameters.absoluteDecibels, let relative else {
            return parameters.absoluteDecibels ?? relative
        }
        return min(absolute, relative)
    }

    private static func score(excess: Double) -> Float {
        Float(min(max(0.5 + excess / (2 * reachDecibels), 0), 1))
    }
}
