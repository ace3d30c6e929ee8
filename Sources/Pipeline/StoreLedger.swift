internal import Acoustics
internal import Actions
internal import EventStore
internal import Logging

/// The ledger of hooks in the event store.
///
/// An alert is worth more than its record: when the store cannot take a line, the command runs all
/// the same, and the log has the line.
struct StoreLedger: HookLedger {
    let writer: StoreWriter
    let logger: Logger

    func started(_ run: HookRun) async -> HookRun {
        var run = run
        do throws(EventStoreError) {
            run.id = try await writer.perform { [run] store throws(EventStoreError) in
                try store.hookStarted(run)
            }
        } catch {
            logger.error("rule \(run.rule), event \(run.eventID): no record of its start: \(error)")
        }
        return run
    }

    func ended(_ run: HookRun) async {
        report(run)
        guard run.id != 0 else { return }
        do throws(EventStoreError) {
            try await writer.perform { store throws(EventStoreError) in try store.hookEnded(run) }
        } catch {
            logger.error("rule \(run.rule), event \(run.eventID): no record of its end: \(error)")
        }
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
