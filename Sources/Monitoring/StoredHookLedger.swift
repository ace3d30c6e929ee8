internal import Actions
internal import AlertTypes
internal import EventStore
internal import HostSystem
internal import Logging
internal import Synchronization

/// The ledger of actions in the event store.
///
/// An alert is worth more than its record: an action starts when its alert, and the event of that,
/// are stored; but if the store cannot take them within `patience`, it is carried out all the same
/// and the record follows. After a wait in vain, nobody waits again until the store stores
/// something: however many actions there are, they are held up once.
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
    ///   - recorded: the messages that the store gets; before an action starts, those that have
    ///     come so far are handed to the store
    ///   - patience: how long an action may wait for its record
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

    func nextRunID() async -> Int64 { store.nextHookRunID() }

    func settle() async {
        guard isWorthWaiting else { return }
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        if let recorded, await !recorded.settle(within: patience) {
            noteVainWait()
        } else if await !writer.settle(within: deadline - clock.now) {
            noteVainWait()
        }
    }

    func changed(_ run: HookRun) async {
        report(run)
        writer.addAtOnce(.hookRun(run))
    }

    private var isWorthWaiting: Bool { settledInVain.withLock { $0 != writer.settledCount } }

    private func noteVainWait() {
        let settled = writer.settledCount
        settledInVain.withLock { $0 = settled }
    }

    private func report(_ run: HookRun) {
        let test = run.isTest ? " (test)" : ""
        let attempt = run.attempt > 1 ? ", attempt \(run.attempt)" : ""
        let what = "rule \(run.rule), alert \(run.alertID)\(test): action \(run.action)\(attempt)"
        let logger = logger.about(run)
        switch run.outcome {
        case .waiting, .running: break
        case .exited where run.exitStatus == 0: logger.info("\(what) is done")
        case .exited:
            logger.warning("\(what) ended with \(run.exitStatus ?? -1)\(run.lastLine)")
        case .signalled:
            logger.warning("\(what) got signal \(run.signal ?? -1)\(run.lastLine)")
        case .timedOut: logger.warning("\(what) was stopped, it ran too long\(run.lastLine)")
        case .failedToStart: logger.error("\(what) cannot start\(run.lastLine)")
        case .interrupted: logger.warning("\(what) was interrupted\(run.lastLine)")
        case .dropped: logger.error("\(what) was dropped\(run.lastLine)")
        }
    }
}

extension HookRun {
    /// The last line of the output for the log, after a colon; empty if there is none.
    fileprivate var lastLine: String {
        let line = outputTail.split(whereSeparator: \.isNewline).last ?? ""
        return line.isEmpty ? "" : ": " + printable(String(line.suffix(200)))
    }
}
