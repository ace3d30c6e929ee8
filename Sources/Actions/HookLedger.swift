public import SoundTypes

/// Where the runs of hooks are written down.
public protocol HookLedger: Sendable {
    /// A command is about to start. Returns the run with the id that the ledger gave it.
    ///
    /// The command starts when this returns, so that no command runs that is not written down.
    func started(_ run: HookRun) async -> HookRun

    /// A run that `started` has returned is over.
    func ended(_ run: HookRun) async
}
