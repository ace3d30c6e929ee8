public import Timekeeping

/// A stretch of time, set by the owner, in which rules tell nothing. What it does not name, it does
/// not ask for: a silence that names nothing silences every rule.
public struct Silence: Sendable, Hashable, Codable {
    public var id: Int64
    public var createdAt: UTCTime
    public var startsAt: UTCTime
    public var endsAt: UTCTime
    /// The rule that it silences; `nil`: any.
    public var rule: String?
    /// The label of the events; `nil`: any, and alerts that are not about events.
    public var label: String?
    /// The source; `nil`: any.
    public var source: String?
    /// Why.
    public var comment: String

    public init(
        id: Int64, createdAt: UTCTime, startsAt: UTCTime, endsAt: UTCTime, rule: String? = nil,
        label: String? = nil, source: String? = nil, comment: String = ""
    ) {
        self.id = id
        self.createdAt = createdAt
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.rule = rule
        self.label = label
        self.source = source
        self.comment = comment
    }

    public func isActive(at time: UTCTime) -> Bool { startsAt <= time && time < endsAt }
}
