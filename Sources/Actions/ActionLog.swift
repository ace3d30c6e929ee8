public import Rules

/// The log of the monitor, as far as actions write to it.
public protocol ActionLog: Sendable {
    /// - Parameter text: one line; it holds names from outside, and nothing that a terminal obeys
    func write(_ text: String, _ severity: Action.LogSeverity)
}
