public import Timekeeping

/// One attempt of one action of a rule, as the ledger keeps it. Until it has ended it is also the
/// order to carry it out: what waits or runs when the monitor is killed is attempted again.
public struct HookRun: Sendable, Hashable {
    public enum Outcome: String, Sendable, CaseIterable {
        /// The rule has fired; the action has not started yet.
        case waiting
        /// Started, not yet ended.
        case running
        /// Ended by itself; `exitStatus` says how: 0 is a success. A webhook was answered: 0 with
        /// 2xx, and any other HTTP status as it is. (A command may end with 200, too.)
        case exited
        /// Ended by a signal that the monitor did not send; `signal` says which.
        case signalled
        /// Stopped by the monitor because it ran longer than its timeout.
        case timedOut = "timed_out"
        /// Could not be started; `outputTail` says why.
        case failedToStart = "failed_to_start"
        /// The monitor stopped while the action ran, or before it had started: then `outputTail`
        /// says so. It is attempted again when the monitor starts, unless it is too old.
        case interrupted
        /// Not started, and never will be; `outputTail` says why.
        case dropped
    }

    /// Assigned by the store.
    public var id: Int64
    public var rule: String
    /// The alert that it is for; 0 in runs of before there were alerts.
    public var alertID: Int64
    /// The name of the action, unique within its rule.
    public var action: String
    public var occasion: Occasion
    /// From 1.
    public var attempt: Int
    /// The first event of the alert; 0 if it is about none.
    public var eventID: Int64
    /// The time at which the rule fired, on the clock of the audio.
    public var firedAt: UTCTime
    /// The time at which the action was started, on the wall clock; until then, and if it never
    /// was, the time at which it is to be started.
    public var startedAt: UTCTime
    /// The time at which the first attempt was due, on the wall clock: it expires from then on.
    public var dueAt: UTCTime
    public var outcome: Outcome
    public var exitStatus: Int?
    public var signal: Int?
    public var durationSeconds: Double?
    /// The last part of what the command wrote to standard output and standard error, or of the
    /// answer of a webhook.
    public var outputTail: String
    /// What the action is told, one JSON object; empty once no attempt can follow from this run: an
    /// interrupted one without it was stopped for a newer one.
    public var input: String
    /// Whether it belongs to a test of the rule.
    public var isTest: Bool

    public init(
        id: Int64, rule: String, alertID: Int64 = 0, action: String = "",
        occasion: Occasion = .fired, attempt: Int = 1, eventID: Int64, firedAt: UTCTime,
        startedAt: UTCTime, dueAt: UTCTime? = nil, outcome: Outcome = .waiting,
        exitStatus: Int? = nil, signal: Int? = nil, durationSeconds: Double? = nil,
        outputTail: String = "", input: String = "", isTest: Bool = false
    ) {
        self.id = id
        self.rule = rule
        self.alertID = alertID
        self.action = action
        self.occasion = occasion
        self.attempt = attempt
        self.eventID = eventID
        self.firedAt = firedAt
        self.startedAt = startedAt
        self.dueAt = dueAt ?? startedAt
        self.outcome = outcome
        self.exitStatus = exitStatus
        self.signal = signal
        self.durationSeconds = durationSeconds
        self.outputTail = outputTail
        self.input = input
        self.isTest = isTest
    }

    /// How the output of an interrupted run begins that had not started.
    public static let notStarted = "not started"

    /// Whether the action was started.
    public var hasStarted: Bool {
        switch outcome {
        case .waiting, .failedToStart, .dropped: false
        case .running, .exited, .signalled, .timedOut: true
        case .interrupted: !outputTail.hasPrefix(Self.notStarted)
        }
    }
}

extension [HookRun] {
    /// When the first action of an alert was started because its rule fired; `nil` if none was.
    public var firstStart: UTCTime? {
        filter { $0.occasion == .fired && $0.hasStarted }.map(\.startedAt).min()
    }
}
