internal import Actions
internal import EventStore
internal import Logging
internal import SoundTypes
internal import Synchronization

/// The ledger of hooks in the event store.
///
/// An alert is worth more than its record: a firing is entered after its event, and its command
/// starts when both are stored; but if the store cannot take them within `patience`, the command
/// runs all the same and the record follows. After a wait in vain, nobody waits again until the
/// store stores something: however many commands there are, they are held up once.
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
    ///   - recorded: the messages that the store gets; before a firing is entered, those that have
    ///     come so far are handed to the store
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

    func entered(_ run: HookRun) async -> HookRun {
        var run = run
        run.id = store.nextHookRunID()
        if let recorded, isWorthWaiting, await !recorded.settle(within: patience) { noteVainWait() }
        writer.addAtOnce(.hookRun(run))
        return run
    }

    func settle() async {
        guard isWorthWaiting else { return }
        if await !writer.settle(within: patience) { noteVainWait() }
    }

    func started(_ run: HookRun) async {
        writer.addAtOnce(.hookRun(run))
    }

    func ended(_ run: HookRun) async {
        report(run)
        writer.addAtOnce(.hookRun(run))
    }

    private var isWorthWaiting: Bool { settledInVain.withLock { $0 != writer.settledCount } }

    private func noteVainWait() {
        let settled = writer.settledCount
        settledInVain.withLock { $0 = settled }
    }

    private func report(_ run: HookRun) {
        let what = "rule \(run.rule), event \(run.eventID)"
        switch run.outcome {
        case .exited where run.exitStatus == 0: logger.info("\(what): the command has run")
        case .exited:
            logger.warning("\(what): the command ended with \(run.exitStatus ?? -1)\(run.lastLine)")
        case .signalled:
            logger.warning("\(what): the command got signal \(run.signal ?? -1)\(run.lastLine)")
        case .timedOut:
            logger.warning("\(what): the command was stopped, it ran too long\(run.lastLine)")
        case .failedToStart: logger.error("\(what): \(run.outputTail)")
        case .interrupted, .running, .waiting:
            logger.warning("\(what): the command was interrupted")
        }
    }
}

extension HookRun {
    /// The last line of the output for the log, after a colon; empty if there is none.
    fileprivate var lastLine: String {
        let line = outputTail.split(whereSeparator: \.isNewline).last ?? ""
        let printable = line.unicodeScalars.filter { $0.properties.generalCategory != .control }
        return line.isEmpty ? "" : ": " + String(String(printable).suffix(200))
    }
}
