internal import Actions
internal import EventStore
internal import Logging
internal import SoundTypes

/// The ledger of hooks in the event store.
///
/// An alert is worth more than its record: the start of a command is written down first, but when
/// the store cannot take it within `patience`, the command runs all the same and the record
/// follows.
struct StoreLedger: HookLedger {
    private static let patience = Duration.milliseconds(500)

    let store: EventStore
    let writer: StoreWriter
    let logger: Logger

    func started(_ run: HookRun) async -> HookRun {
        var run = run
        run.id = store.nextHookRunID()
        await writer.add(.hookRun(run))
        await writer.settle(within: Self.patience)
        return run
    }

    func ended(_ run: HookRun) async {
        report(run)
        await writer.add(.hookRun(run))
    }

    private func report(_ run: HookRun) {
        let what = "rule \(run.rule), event \(run.eventID)"
        switch run.outcome {
        case .exited where run.exitStatus == 0: logger.info("\(what): the command has run")
        case .exited: logger.warning("\(what): the command ended with \(run.exitStatus ?? -1)")
        case .signalled: logger.warning("\(what): the command got signal \(run.signal ?? -1)")
        case .timedOut: logger.warning("\(what): the command was stopped, it ran too long")
        case .failedToStart: logger.error("\(what): \(run.outputTail)")
        case .interrupted, .running: logger.warning("\(what): the command was interrupted")
        }
    }
}
