/// How long what is stored is kept.
public struct Retention: Sendable, Hashable {
    /// What has an age of its own. The names are those of the configuration.
    public enum Kind: String, Sendable, CaseIterable {
        /// Levels of each second.
        case seconds
        /// Levels of minutes and of quarters of an hour, with the histograms of the minutes.
        case minutes
        /// Levels of hours, with their histograms.
        case hours
        /// Scores of each second.
        case scores
        /// Events, with their pictures and marks.
        case events
        /// Alerts, with what was held back, and silences that are over.
        case alerts
        /// Runs of the actions of rules.
        case hookRuns = "hook_runs"
    }

    /// The ages that can be asked for, in seconds: two days, so that every window of a rule is
    /// there after a restart, to a hundred years.
    public static let acceptedSeconds = 2 * day...36_500 * day
    /// How large the database may be asked to stay, in bytes.
    public static let acceptedBytes: ClosedRange<Int64> = 100_000_000...100_000_000_000_000

    /// How old each kind becomes, in seconds; those that are missing are kept for ever.
    public var seconds: [Kind: Double]
    /// How much of the file may be in use before the oldest seconds and scores are removed, however
    /// old they are; `nil`: any number of bytes.
    public var bytes: Int64?

    public init(
        seconds: [Kind: Double] = [
            .seconds: 90 * day, .scores: 90 * day, .hookRuns: 365 * day,
        ], bytes: Int64? = nil
    ) {
        self.seconds = seconds
        self.bytes = bytes
    }

    /// In seconds.
    public static let day = 86_400.0
}
