public import Timekeeping

/// Which events are asked for. An empty query asks for all.
public struct EventQuery: Sendable, Hashable {
    /// Only events that were still heard at this time or later. An open event counts as heard
    /// until its last update.
    public var since: UTCTime?
    /// Only events that began before this time.
    public var until: UTCTime?
    /// Only events with one of these labels; empty for all labels.
    public var labels: Set<String>
    /// Only events whose peak confidence is at least this, 0 to 1.
    public var minimumConfidence: Double
    /// Only events of this source.
    public var source: String?
    /// Whether events that were announced and then retracted are wanted too.
    public var includesRetracted: Bool
    /// At most this many events, the newest ones. Negative numbers count as none.
    public var limit: Int?
    /// The newest event first; otherwise the oldest.
    public var newestFirst: Bool

    public init(
        since: UTCTime? = nil, until: UTCTime? = nil, labels: Set<String> = [],
        minimumConfidence: Double = 0, source: String? = nil, includesRetracted: Bool = false,
        limit: Int? = nil, newestFirst: Bool = false
    ) {
        self.since = since
        self.until = until
        self.labels = labels
        self.minimumConfidence = minimumConfidence
        self.source = source
        self.includesRetracted = includesRetracted
        self.limit = limit
        self.newestFirst = newestFirst
    }
}
