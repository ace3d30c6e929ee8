public import SoundTypes

/// Where hook runs are recorded.
public protocol HookLedger: Sendable {
    /// A command is about to start. Returns the run with the id the ledger gave it.
    ///
    /// The command starts once this returns, so no command runs without being recorded.
    func started(_ run: HookRun) async -> HookRun

    /// A run returned by `started` is over.
    func ended(_ run: HookRun) async
}
