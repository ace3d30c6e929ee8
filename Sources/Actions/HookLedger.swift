public import SoundTypes

/// Where hook runs are recorded, from the firing of the rule on.
public protocol HookLedger: Sendable {
    /// A rule has fired; its command may have to wait. Returns the run, `.waiting`, with the id
    /// that the ledger gave it.
    func entered(_ run: HookRun) async -> HookRun

    /// The command of a run is about to start: it does once this returns, so no command runs
    /// without being recorded.
    func settle() async

    /// The command of a run has started.
    func started(_ run: HookRun) async

    /// A run is over, or its command will not be started.
    func ended(_ run: HookRun) async
}
