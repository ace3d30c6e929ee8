/// How the scores of one label become events.
public struct LabelParameters: Sendable, Hashable, Codable {
    /// A sound begins when its smoothed score is at least this, 0 to 1.
    public var onThreshold: Float
    /// It goes on while its smoothed score is at least this; at most `onThreshold`.
    public var offThreshold: Float
    /// Time constant of the exponential smoothing of the scores; 0 smooths nothing.
    ///
    /// The delay it adds: after a score has jumped from 0 to s, the smoothed score reaches the
    /// threshold x after `smoothingSeconds` · ln(s / (s − x)). With the defaults and s = 1 that is
    /// 83 ms.
    public var smoothingSeconds: Double
    /// An event is announced once it has lasted this long.
    public var minimumDurationSeconds: Double
    /// A dip below `offThreshold` that is shorter than this does not end an event.
    public var mergeGapSeconds: Double
    /// A part of an event is no longer than this; a longer sound continues as a new part.
    public var maximumDurationSeconds: Double

    public init(
        onThreshold: Float = 0.5, offThreshold: Float = 0.35, smoothingSeconds: Double = 0.12,
        minimumDurationSeconds: Double = 0.2, mergeGapSeconds: Double = 0.5,
        maximumDurationSeconds: Double = 300
    ) {
        self.onThreshold = onThreshold
        self.offThreshold = offThreshold
        self.smoothingSeconds = smoothingSeconds
        self.minimumDurationSeconds = minimumDurationSeconds
        self.mergeGapSeconds = mergeGapSeconds
        self.maximumDurationSeconds = maximumDurationSeconds
    }

    /// The names under which an event's picture is stored with them.
    enum CodingKeys: String, CodingKey {
        case onThreshold = "on"
        case offThreshold = "off"
        case smoothingSeconds = "smoothing_s"
        case minimumDurationSeconds = "minimum_duration_s"
        case mergeGapSeconds = "merge_gap_s"
        case maximumDurationSeconds = "maximum_duration_s"
    }
}
