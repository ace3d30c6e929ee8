public import AlertTypes
public import SoundTypes
public import Timekeeping

/// What the rules make of an observation.
public struct Decision: Sendable, Hashable {
    /// Alerts that are new, or have changed.
    public var alerts: [Alert] = []
    /// What is to be done now, in this order.
    public var firings: [Firing] = []
    /// Counts that have changed.
    public var suppressions: [Suppression] = []
    /// The rules whose state has changed in a way that a restart must not lose.
    public var changedRules: Set<String> = []

    public init() {}

    public var isEmpty: Bool {
        alerts.isEmpty && firings.isEmpty && suppressions.isEmpty && changedRules.isEmpty
    }
}

/// A rule tells its owner of an alert: it has fired, goes on, or is over.
public struct Firing: Sendable, Hashable {
    public var alert: Alert
    public var occasion: Occasion
    /// The actions that are run for it.
    public var actions: [Action]
    /// On the clock of the audio.
    public var at: UTCTime
    /// The event that made it fire, as it was then; `nil` if none did.
    public var event: SoundEvent?

    public init(
        alert: Alert, occasion: Occasion, actions: [Action], at: UTCTime, event: SoundEvent? = nil
    ) {
        self.alert = alert
        self.occasion = occasion
        self.actions = actions
        self.at = at
        self.event = event
    }
}
