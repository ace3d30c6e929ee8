public import Timekeeping

/// One run of a rule's command, as the ledger keeps it.
public struct HookRun: Sendable, Hashable {
    public enum Outcome: String, Sendable, CaseIterable {
        /// The rule has fired; the command has not started yet.
        case waiting
        /// Started, not yet ended.
        case running
        /// Ended by itself; `exitStatus` says how.
        case exited
        /// Ended by a signal that the monitor did not send; `signal` says which.
        case signalled
        /// Stopped by the monitor because it ran longer than its timeout.
        case timedOut = "timed_out"
        /// Could not be started; `outputTail` says why.
        case failedToStart = "failed_to_start"
        /// The monitor stopped while the command ran, or before it had started: then `outputTail`
        /// says so.
        case interrupted
    }

    /// Assigned by the store.
    public var id: Int64
    public var rule: String
    public var eventID: Int64
    /// The time at which the rule fired, on the clock of the audio.
    public var firedAt: UTCTime
    /// The time at which the command was started, on the wall clock; until then, and if it never
    /// was, the time at which the firing was entered.
    public var startedAt: UTCTime
    public var outcome: Outcome
    public var exitStatus: Int?
    public var signal: Int?
    public var durationSeconds: Double?
    /// The last part of what the command wrote to standard output and standard error.
    public var outputTail: String

    public init(
        id: Int64, rule: String, eventID: Int64, firedAt: UTCTime, startedAt: UTCTime,
        outcome: Outcome = .waiting, exitStatus: Int? = nil, signal: Int? = nil,
        durationSeconds: Double? = nil, outputTail: String = ""
    ) {
        self.id = id
        self.rule = rule
        self.eventID = eventID
        self.firedAt = firedAt
        self.startedAt = startedAt
        self.outcome = outcome
        self.exitStatus = exitStatus
        self.signal = signal
        self.durationSeconds = durationSeconds
        self.outputTail = outputTail
    }
}
