public import AlertTypes
public import Rules

/// The log of the monitor, as far as actions write to it.
public protocol ActionLog: Sendable {
    /// - Parameters:
    ///   - text: one line; it holds names from outside, and nothing that a terminal obeys
    ///   - run: the run that writes it
    func write(_ text: String, _ severity: Action.LogSeverity, of run: HookRun)
}
