/// What a label does at one sensitivity, as measured on recordings that the model was not trained
/// on. `docs/model.md` says how.
public struct OperatingPoint: Sendable, Hashable, Codable {
    /// Scores at or above it begin a sound, 0 to 1.
    public var on: Float
    /// Scores below it end the sound; at most `on`.
    public var off: Float
    /// Scores at or above it announce the sound before it is settled, 0 to 1; `nil`: not before.
    public var announce: Float?
    /// The share of the sounds that become events, 0 to 1.
    public var recall: Double
    /// False alarms to be expected in a day with a thousand sounds.
    public var falseAlarmsPerDay: Double
    /// The ends of the 95 % confidence interval of that, from what was heard.
    public var falseAlarmInterval: [Double]
    /// From the onset of a sound to the announcement, the median in seconds; `nil` if none was
    /// announced.
    public var delaySeconds: Double?

    enum CodingKeys: String, CodingKey {
        case on, off, announce, recall
        case falseAlarmsPerDay = "false_alarms"
        case falseAlarmInterval = "false_alarms_95"
        case delaySeconds = "delay"
    }
}
