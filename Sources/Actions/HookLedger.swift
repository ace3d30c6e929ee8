public import AlertTypes

/// Where the runs of actions are recorded. It has each of them, `.waiting`, before it is submitted.
public protocol HookLedger: Sendable {
    /// The number of a further run: another attempt.
    func nextRunID() async -> Int64

    /// An action is about to start: it does once this returns, so that none runs without being
    /// recorded.
    func settle() async

    /// A run has a new state, or is a new one that waits.
    func changed(_ run: HookRun) async
}
