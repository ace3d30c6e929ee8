public import Timekeeping

/// Firings that were held back for one reason and never made good, because the condition no longer
/// held when the reason went away. Those of a rule for the same reason within an hour are one.
public struct Suppression: Sendable, Hashable, Codable {
    public enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
        /// Too soon after the last firing.
        case cooldown
        /// Outside the times of the rule.
        case schedule
        /// A rule under its `unless` was firing.
        case inhibited
        /// The owner silenced it.
        case silenced
        /// The rule fired as often as its `at_most` allows.
        case ruleLimit = "rule_limit"
        /// All rules together fired as often as `alerts.at_most` allows.
        case globalLimit = "global_limit"
    }

    public var rule: String
    public var reason: Reason
    /// What held it back in particular: the rule, or the number of the silence; may be empty.
    public var by: String
    /// The hour, on the clock of the audio, that the first one is in.
    public var hour: UTCTime
    public var first: UTCTime
    public var last: UTCTime
    public var count: Int

    public init(
        rule: String, reason: Reason, by: String, hour: UTCTime, first: UTCTime, last: UTCTime,
        count: Int
    ) {
        self.rule = rule
        self.reason = reason
        self.by = by
        self.hour = hour
        self.first = first
        self.last = last
        self.count = count
    }
}
