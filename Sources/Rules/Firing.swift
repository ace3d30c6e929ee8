public import SoundTypes
public import Timekeeping

/// A rule has fired: run `command` for `event`.
public struct Firing: Sendable, Hashable {
    public var rule: String
    public var command: HookCommand
    public var timeoutSeconds: Double
    /// The event as known when the rule fired.
    public var event: SoundEvent
    /// The time at which the conditions were met, on the clock of the audio.
    public var firedAt: UTCTime

    public init(
        rule: String, command: HookCommand, timeoutSeconds: Double, event: SoundEvent,
        firedAt: UTCTime
    ) {
        self.rule = rule
        self.command = command
        self.timeoutSeconds = timeoutSeconds
        self.event = event
        self.firedAt = firedAt
    }
}
