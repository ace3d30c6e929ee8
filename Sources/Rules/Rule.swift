/// When to run a command: a sound of one of these labels, this certain and this long, but not more
/// often than the cooldown allows.
public struct Rule: Sendable, Hashable {
    /// Unique among the rules; the cooldown is remembered under it.
    public var name: String
    /// The labels it listens for; empty: every label.
    public var labels: Set<String>
    /// The peak confidence an event must reach, 0 to 1.
    public var minimumConfidence: Double
    /// The length an event must reach, over all of its parts, counted from its onset.
    public var minimumDurationSeconds: Double
    /// The shortest time from one firing of this rule to the next, on the clock of the audio.
    public var cooldownSeconds: Double
    public var command: HookCommand
    /// The command is stopped if it runs longer than this.
    public var timeoutSeconds: Double

    public init(
        name: String, labels: Set<String> = [], minimumConfidence: Double = 0,
        minimumDurationSeconds: Double = 0, cooldownSeconds: Double = 60, command: HookCommand,
        timeoutSeconds: Double = 30
    ) {
        self.name = name
        self.labels = labels
        self.minimumConfidence = minimumConfidence
        self.minimumDurationSeconds = minimumDurationSeconds
        self.cooldownSeconds = cooldownSeconds
        self.command = command
        self.timeoutSeconds = timeoutSeconds
    }
}
