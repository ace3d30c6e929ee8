internal import Actions
internal import EventStore
internal import LevelTypes
internal import Listening
internal import Logging
internal import ModelFormat
internal import MonitorConfig
internal import Rules
internal import SoundTypes
internal import Timekeeping

/// Where the messages of all sources arrive: each is stored, and events are shown to the rules.
struct MessageHandler {
    private let store: EventStore
    private let writer: StoreWriter
    private let hooks: HookRunner
    private let hookGrace: Duration
    private let logger: Logger
    private var engine: RuleEngine
    private var sessions: SessionLedger
    /// The start of the last gap of each source that the log has.
    private var reportedGaps: [String: UTCTime] = [:]
    private var signals: [String: DeadSignalWatch] = [:]

    /// - Throws: `EventStoreError` when the last firings cannot be read.
    init(
        configuration: Configuration, model: Model, store: EventStore, writer: StoreWriter,
        logger: Logger
    ) throws(EventStoreError) {
        sessions = SessionLedger(model: model.identity)
        self.store = store
        self.writer = writer
        self.logger = logger
        hookGrace = configuration.hooks.grace
        hooks = HookRunner(
            limits: HookLimits(
                concurrency: configuration.hooks.concurrency, queue: configuration.hooks.queue),
            ledger: StoreLedger(store: store, writer: writer, logger: logger))
        engine = RuleEngine(rules: configuration.rules, lastFired: try store.lastFirings())
    }

    mutating func handle(_ message: AnalysisMessage) async {
        for session in sessions.take(message, nextID: store.nextSessionID) {
            await writer.add(.session(session))
        }
        switch message {
        case .listening(let source, _, let rate, let lacksPriority):
            logger.info("\(source): listening at \(rate.hertz) Hz")
            if lacksPriority {
                logger.notice("\(source): captured without real-time priority, which was refused")
            }
        case .event(let event):
            await writer.add(.event(event))
            for firing in engine.process(event) {
                logger.notice("rule \(firing.rule) fires: \(event.label), event \(event.id)")
                await hooks.submit(firing)
            }
        case .picture(_, let picture):
            writer.offer(picture)
        case .level(let source, let record):
            watch(source, record)
            await writer.add(.level(source: source, record))
        case .gap(let gap, _):
            report(gap)
            await writer.add(.gap(gap))
        case .clockStepped(let source, let seconds, _):
            logger.warning("\(source): the clock was set by \(seconds) s; later events follow it")
        case .ended(let source, _, let failure):
            logger.info("\(source): ended")
            if let failure { logger.error("\(failure)") }
        case .began, .heard: break
        }
    }

    /// Gives the hooks their grace, writes what is left and closes the store.
    ///
    /// - Throws: `MonitorError.unwritten` when the store could not take everything; the log then
    ///   has what is missing.
    func close() async throws(MonitorError) {
        await hooks.drain(grace: hookGrace)
        let unwritten = await writer.close()
        for change in unwritten { logger.error("not stored: \(change.logText)") }
        guard unwritten.isEmpty else { throw .unwritten(count: unwritten.count) }
    }

    /// Says in the log when a microphone is dead, and when it is not any more.
    private mutating func watch(_ source: String, _ record: LevelRecord) {
        switch signals[source, default: DeadSignalWatch()].see(record) {
        case .dead:
            let length = "\(DeadSignalWatch.patience) s"
            logger.error(
                "\(source): no change for \(length): the microphone is dead or muted")
        case .alive: logger.notice("\(source): the samples change again")
        case nil: break
        }
    }

    /// A gap that grows is logged once.
    private mutating func report(_ gap: AudioGap) {
        guard reportedGaps.updateValue(gap.start, forKey: gap.source) != gap.start else { return }
        logger.warning(
            "\(gap.source): not heard since \(gap.start.localDescription) (\(gap.cause.name))")
    }
}
