internal import Actions
internal import EventStore
internal import Logging
internal import SoundTypes
internal import Synchronization

/// The ledger of hooks in the event store.
///
/// An alert is worth more than its record: the start of a command is written down first, after its
/// event, but if the store cannot take both within `patience`, the command runs all the same and
/// the record follows. After a wait in vain, nobody waits again until the store stores something:
/// however many commands there are, they are held up once.
final class StoredHookLedger: HookLedger {
    private let store: EventStore
    private let writer: StoreWriter
    /// The events on their way to the store.
    private let recorded: MessageSubscription?
    private let logger: Logger
    private let patience: Duration
    /// How much the store had settled when it was last waited for in vain.
    private let settledInVain = Mutex<Int?>(nil)

    /// - Parameters:
    ///   - recorded: the messages that the store gets; before a command is written down, those that
    ///     have come so far are handed to the store
    ///   - patience: how long a command may wait for its record
    init(
        store: EventStore, writer: StoreWriter, recorded: MessageSubscription? = nil,
        logger: Logger, patience: Duration = .milliseconds(500)
    ) {
        self.store = store
        self.writer = writer
        self.recorded = recorded
        self.logger = logger
        self.patience = patience
    }

    func started(_ run: HookRun) async -> HookRun {
        var run = run
        run.id = store.nextHookRunID()
        let isWaitedFor = settledInVain.withLock { $0 != writer.settledCount }
        let deadline = ContinuousClock.now + patience
        var isInTime = true
        if isWaitedFor, let recorded { isInTime = await recorded.settle(within: patience) }
        writer.addAtOnce(.hookRun(run))
        guard isWaitedFor else { return run }
        isInTime = await writer.settle(within: deadline - .now) && isInTime
        settledInVain.withLock { $0 = isInTime ? nil : writer.settledCount }
        return run
    }

    func ended(_ run: HookRun) async {
        report(run)
        writer.addAtOnce(.hookRun(run))
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
