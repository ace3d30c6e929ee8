/// How the scores of one label become events.
public struct LabelParameters: Sendable, Hashable, Codable {
    /// A sound begins when its smoothed score is at least this, 0 to 1.
    public var onThreshold: Float
    /// It goes on while its smoothed score is at least this; at most `onThreshold`.
    public var offThreshold: Float
    /// A sound is announced, before it is settled, when the median of its newest scores is at least
    /// this, 0 to 1; `nil`: not before it is settled.
    public var announceThreshold: Float?
    /// How far back these newest scores go.
    public var announceSeconds: Double
    /// The length of the median filter that smooths the scores; 0 smooths nothing. A sound is
    /// settled half of it later.
    public var smoothingSeconds: Double
    /// A shorter sound is not an event.
    public var minimumDurationSeconds: Double
    /// A dip below `offThreshold` that is shorter than this does not end an event.
    public var mergeGapSeconds: Double
    /// A part of an event is no longer than this; a longer sound continues as a new part.
    public var maximumDurationSeconds: Double

    public init(
        onThreshold: Float = 0.5, offThreshold: Float = 0.35, announceThreshold: Float? = nil,
        announceSeconds: Double = 0.28, smoothingSeconds: Double = 0.2,
        minimumDurationSeconds: Double = 0.2, mergeGapSeconds: Double = 0.5,
        maximumDurationSeconds: Double = 300
    ) {
        self.onThreshold = onThreshold
        self.offThreshold = offThreshold
        self.announceThreshold = announceThreshold
        self.announceSeconds = announceSeconds
        self.smoothingSeconds = smoothingSeconds
        self.minimumDurationSeconds = minimumDurationSeconds
        self.mergeGapSeconds = mergeGapSeconds
        self.maximumDurationSeconds = maximumDurationSeconds
    }

    /// The names under which an event's picture is stored with them.
    enum CodingKeys: String, CodingKey {
        case onThreshold = "on"
        case offThreshold = "off"
        case announceThreshold = "announce"
        case announceSeconds = "announce_window_s"
        case smoothingSeconds = "median_s"
        case minimumDurationSeconds = "minimum_duration_s"
        case mergeGapSeconds = "merge_gap_s"
        case maximumDurationSeconds = "maximum_duration_s"
    }

    /// Pictures of schema 3 know no announcement, and another way to smooth, which is not shown.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            onThreshold: try values.decode(Float.self, forKey: .onThreshold),
            offThreshold: try values.decode(Float.self, forKey: .offThreshold),
            announceThreshold: try values.decodeIfPresent(Float.self, forKey: .announceThreshold),
            announceSeconds: try values.decodeIfPresent(Double.self, forKey: .announceSeconds)
                ?? 0,
            smoothingSeconds: try values.decodeIfPresent(Double.self, forKey: .smoothingSeconds)
                ?? 0,
            minimumDurationSeconds: try values.decode(
                Double.self, forKey: .minimumDurationSeconds),
            mergeGapSeconds: try values.decode(Double.self, forKey: .mergeGapSeconds),
            maximumDurationSeconds: try values.decode(
                Double.self, forKey: .maximumDurationSeconds))
    }
}
