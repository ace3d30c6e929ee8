public import Timekeeping

/// Something that a rule told its owner: from the moment at which the rule fired to the moment at
/// which its condition no longer held. Nothing but a firing makes one; what was held back by a
/// cooldown, a silence or a limit is counted (`Suppression`).
public struct Alert: Sendable, Hashable, Codable {
    /// Why an alert is over.
    public enum Resolution: String, Sendable, Hashable, Codable, CaseIterable {
        /// The condition no longer held, for as long as the rule asks.
        case cleared
        /// Every event of it turned out not to be one.
        case retracted
        /// The configuration has no such rule or source any more, or the rule has another
        /// condition.
        case removed
        /// It was a test.
        case test
    }

    /// Higher than those of all alerts before. The same in each attempt of each action.
    public var id: Int64
    public var rule: String
    /// What it is about among the alerts of its rule: `event 12`, a source, a label, or nothing.
    public var group: String
    /// The source it was heard by; `nil` if it is about none, or about several.
    public var source: String?
    /// The owner tries the rule: nothing was heard.
    public var isTest: Bool
    /// When the sound that fired it began, or the stretch that a level was measured over, on the
    /// clock of the audio.
    public var soundAt: UTCTime
    /// When the condition was first known to hold, on the clock of the audio.
    public var detectedAt: UTCTime
    /// When the rule fired, on the clock of the audio: later than `detectedAt` by what the rule
    /// asks to wait, or by what held it back.
    public var firedAt: UTCTime
    /// When the rule fired, on the wall clock.
    public var decidedAt: UTCTime
    /// When it was over, on the clock of the audio; `nil` while it lasts.
    public var resolvedAt: UTCTime?
    public var resolution: Resolution?
    /// Each condition of the rule with what was found when it fired.
    public var readings: [ConditionReading]
    /// The newest events, at most `eventLimit`, in the order in which they came.
    public var events: [AlertEvent]
    /// All events, those that are no longer in `events` included.
    public var eventCount: Int
    /// How often the owner was told again.
    public var repeats: Int
    /// When the owner said that he knows, on the wall clock; nothing is repeated afterwards.
    public var acknowledgedAt: UTCTime?
    /// What he said.
    public var acknowledgement: String?

    /// The most events that an alert lists.
    public static let eventLimit = 50

    public init(
        id: Int64, rule: String, group: String = "", source: String? = nil, isTest: Bool = false,
        soundAt: UTCTime, detectedAt: UTCTime, firedAt: UTCTime, decidedAt: UTCTime,
        resolvedAt: UTCTime? = nil, resolution: Resolution? = nil,
        readings: [ConditionReading] = [], events: [AlertEvent] = [], eventCount: Int = 0,
        repeats: Int = 0, acknowledgedAt: UTCTime? = nil, acknowledgement: String? = nil
    ) {
        self.id = id
        self.rule = rule
        self.group = group
        self.source = source
        self.isTest = isTest
        self.soundAt = soundAt
        self.detectedAt = detectedAt
        self.firedAt = firedAt
        self.decidedAt = decidedAt
        self.resolvedAt = resolvedAt
        self.resolution = resolution
        self.readings = readings
        self.events = events
        self.eventCount = eventCount
        self.repeats = repeats
        self.acknowledgedAt = acknowledgedAt
        self.acknowledgement = acknowledgement
    }

    public var isResolved: Bool { resolvedAt != nil }
}

/// A condition of a rule and what was found, in words.
public struct ConditionReading: Sendable, Hashable, Codable {
    /// `confidence at least 0.6`, `LAeq over 15m above 65 dB`
    public var condition: String
    /// `0.82`, `67.3 dB`
    public var value: String

    public init(condition: String, value: String) {
        self.condition = condition
        self.value = value
    }
}

/// An event as it was when an alert took it up, or last heard of it.
public struct AlertEvent: Sendable, Hashable, Codable {
    /// The id of the event in the store.
    public var id: Int64
    public var source: String
    public var label: String
    public var onset: UTCTime
    public var heardUntil: UTCTime
    /// The peak so far, 0 to 1.
    public var confidence: Double
    /// LAFmax so far in dB; `nil` if no levels are measured.
    public var lafMaximum: Double?
    /// It turned out not to be one.
    public var isRetracted: Bool

    public init(
        id: Int64, source: String, label: String, onset: UTCTime, heardUntil: UTCTime,
        confidence: Double, lafMaximum: Double? = nil, isRetracted: Bool = false
    ) {
        self.id = id
        self.source = source
        self.label = label
        self.onset = onset
        self.heardUntil = heardUntil
        self.confidence = confidence
        self.lafMaximum = lafMaximum
        self.isRetracted = isRetracted
    }
}
