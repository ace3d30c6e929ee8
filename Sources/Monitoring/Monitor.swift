public import Capture
internal import Control
internal import Database
internal import HostSystem
public import Listening
public import Logging
internal import ModelFormat
public import MonitorConfig
public import ServiceLifecycle
internal import Synchronization
internal import Teaching
public import Timekeeping

/// The whole monitor, top to bottom: sources are captured and analysed on threads of their own, and
/// what they report goes to the subscribers: the store, the rules, the log, and whoever asked.
///
/// It ends when every source has ended, or after a graceful shutdown: the sources stop, what was
/// heard is analysed to its end, open events are closed, the store is written, and hooks get their
/// grace period. As long as one source can be heard it carries on, and keeps trying to open the
/// devices that it could not open.
public final class Monitor: Service {
    /// What the command line adds to the configuration.
    public struct Options: Sendable {
        /// How fast recordings are read.
        public var pace: FileSource.Pace
        /// The time of the first sample of recordings and streams; `nil`: what a recording says
        /// (`RecordingStart`), and the arrival of a stream.
        public var startTime: UTCTime?
        /// Called every few seconds while the store opens, with what it is doing, and, if that took
        /// long enough for a call, once at the end with `nil`.
        public var onOpening: @Sendable (_ progress: String?) -> Void
        /// How often that is.
        public var openingInterval: Duration
        /// Called once, after the first audio.
        public var onListening: @Sendable () -> Void
        /// Called when a graceful shutdown begins.
        public var onStopping: @Sendable () -> Void
        /// Called after each interval in which the monitor went on as a whole (`ProgressWatch`),
        /// and in the shutdown.
        public var onProgress: @Sendable () -> Void
        /// How often to look whether it goes on; `nil`: never.
        public var progressInterval: Duration?
        /// Called with what the monitor does, in a line, when that changes; every ten seconds
        /// where only the levels do.
        public var onStatus: @Sendable (_ line: String) -> Void

        public init(
            pace: FileSource.Pace = .realtime, startTime: UTCTime? = nil,
            onOpening: @escaping @Sendable (_ progress: String?) -> Void = { _ in },
            openingInterval: Duration = .seconds(5),
            onListening: @escaping @Sendable () -> Void = {},
            onStopping: @escaping @Sendable () -> Void = {},
            onProgress: @escaping @Sendable () -> Void = {},
            progressInterval: Duration? = nil,
            onStatus: @escaping @Sendable (_ line: String) -> Void = { _ in }
        ) {
            self.pace = pace
            self.startTime = startTime
            self.onOpening = onOpening
            self.openingInterval = openingInterval
            self.onListening = onListening
            self.onStopping = onStopping
            self.onProgress = onProgress
            self.progressInterval = progressInterval
            self.onStatus = onStatus
        }
    }

    private let configuration: Configuration
    private let options: Options
    private let logger: Logger
    private let fanOut: MessageFanOut
    private let sources: MonitoredSources
    private let state = Mutex(State())

    private struct State: Sendable {
        var isStopping = false
        /// Once the store is open.
        var writer: StoreWriter?
        var rules: RunningRules?
    }

    public init(configuration: Configuration, options: Options = Options(), logger: Logger) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
        fanOut = MessageFanOut()
        sources = MonitoredSources(configuration, options, fanOut, logger: logger)
    }

    /// Adds a subscriber to everything that the sources report; it must read to the end. Call this
    /// before `run`.
    ///
    /// - Parameters:
    ///   - capacity: messages that may wait for the subscriber
    ///   - isWanted: picks the messages that the subscriber gets
    public func subscribe(
        capacity: Int, whenFull: MessageSubscription.WhenFull,
        to isWanted: @escaping @Sendable (AnalysisMessage) -> Bool = { _ in true }
    ) -> MessageSubscription {
        fanOut.subscribe(capacity: capacity, whenFull: whenFull, to: isWanted)
    }

    /// - Throws: what keeps it from starting; or, when all sources have ended, the failure of the
    ///   last one that failed; or `MonitorError.unwritten`.
    public func run() async throws {
        defer {
            fanOut.finish()
            // If the store was not opened.
            sources.stop()
        }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await listen()
        } onCancelOrGracefulShutdown: {
            self.stop()
        }
    }

    private func listen() async throws {
        let model = try Model.named(configuration.model)
        let taught = TaughtFolder(path: configuration.taught).selection(for: model)
        try configuration.validate(
            labels: model.labels + taught.labels, groups: model.groups)
        for warning in taught.warnings { logger.warning("\(warning)") }
        warnOfActions()
        if !taught.sounds.isEmpty {
            let labels = taught.sounds.map(\.label).joined(separator: ", ")
            logger.info("taught sounds: \(labels)")
        }
        let captureFailure = try sources.capture()
        guard let store = try await openStore() else { return }
        let shared = MonitoredSources.Shared(
            model: model, taught: taught.sounds, store: store)
        let recorded = fanOut.subscribe(capacity: MessageRecorder.capacity, whenFull: .wait)
        // After the store, which therefore has an event before the rules see it.
        let judged = fanOut.subscribe(
            capacity: RuleRunner.capacity, whenFull: .wait, to: RuleRunner.isOfInterest)
        let rules = RunningRules(
            configuration, model, taught.labels, store, recorded: recorded, logger: logger)
        state.withLock { $0.rules = rules }
        let acting = Task { await rules.carryOut() }
        let server = ControlAnswers(
            configuration: configuration, sources: sources, store: store, rules: rules,
            recorded: recorded, judged: judged, logger: logger
        ).serve()
        defer { server?.stop() }
        let supervising = Task { await supervision.run() }
        defer { supervising.cancel() }
        let subscribers = startSubscribers(shared, recorded, judged, rules)
        let startFailure = sources.start(shared) ?? captureFailure
        let helpers = [
            Task { await sources.watchDevices() }, Task { await sources.retryMissing(shared) },
            Task { await watchDatabase(store) }, Task { await rules.watch() },
            Task { await removeExpired(store) },
        ]
        for subscriber in subscribers { await subscriber.value }
        for helper in helpers {
            helper.cancel()
            await helper.value
        }
        stop()
        state.withLock { $0.rules = nil }
        await rules.end(acting)
        try await close(store)
        if let failure = sources.failure ?? startFailure { throw failure }
    }

    /// A command that cannot be started is no reason not to listen, and neither is a webhook that
    /// will reach nobody.
    private func warnOfActions() {
        do throws(ConfigurationError) {
            try configuration.validateCommands()
        } catch {
            for fault in error.faults { logger.error("\(fault)") }
        }
        if !configuration.rulesWithWebhooks.isEmpty, NetworkAccess.isRefused {
            let names = configuration.rulesWithWebhooks.joined(separator: ", ")
            logger.error("webhooks of \(names): \(NetworkAccess.remedy)")
        }
    }

    /// Begins the shutdown. May be called more than once.
    private func stop() {
        let (isFirst, writer) = state.withLock { state in
            defer { state.isStopping = true }
            return (!state.isStopping, state.writer)
        }
        guard isFirst else { return }
        options.onStopping()
        writer?.stopWaiting()
        sources.stop()
    }

    /// Opens the store while the sources are being captured. Returns `nil` if the monitor is
    /// stopped meanwhile.
    private func openStore() async throws -> OpenedStore? {
        let opening = DatabaseWork()
        let (logger, options) = (logger, options)
        let report = OpeningReport(
            of: opening, every: options.openingInterval,
            isWanted: { !self.state.withLock { $0.isStopping } },
            tell: { progress in
                if let progress { logger.notice("the event database is not open yet: \(progress)") }
                options.onOpening(progress)
            })
        defer { report.end() }
        let store: OpenedStore
        do throws(StoreError) {
            store = try await OpenedStore.open(
                configuration, opening, logger: logger, onBroken: { self.stop() })
        } catch {
            guard error.kind == .abandoned else { throw error }
            if let migration = opening.migration { logger.notice("\(migration)") }
            logger.notice("\(error)")
            return nil
        }
        if let migration = opening.migration { logger.notice("\(migration)") }
        let isStopping = state.withLock { state in
            state.writer = store.writer
            return state.isStopping
        }
        if isStopping { store.writer.stopWaiting() }
        return store
    }

    private var supervision: Supervision {
        Supervision(
            progressInterval: options.progressInterval, onProgress: options.onProgress,
            onStatus: options.onStatus,
            progress: {
                MonitorProgress(sources: self.sources.progress, subscribers: self.fanOut.progress)
            },
            isStopping: { self.state.withLock { $0.isStopping } }, sources: sources)
    }

    private func close(_ store: OpenedStore) async throws(MonitorError) {
        let unwritten = await store.writer.close()
        for change in unwritten { logger.error("not stored: \(change.logText)") }
        guard unwritten.isEmpty else { throw .unwritten(count: unwritten.count) }
    }

    /// Those that need the store, and the log.
    private func startSubscribers(
        _ shared: MonitoredSources.Shared, _ recorded: MessageSubscription,
        _ judged: MessageSubscription, _ rules: RunningRules
    ) -> [Task<Void, Never>] {
        let store = shared.store
        let logged = fanOut.subscribe(
            capacity: SourceLog.capacity, whenFull: .wait, to: SourceLog.isOfInterest)
        return [
            Task {
                var recorder = MessageRecorder(
                    model: shared.model, store: store.store, writer: store.writer)
                await recorder.record(recorded)
            },
            Task { await rules.run(judged) },
            Task { [logger, sources] in
                var log = SourceLog(logger: logger) { sources.health(of: $0)?.channels }
                await log.report(logged)
            },
        ]
    }

    /// Puts the rules of another configuration in force, if nothing is wrong with it; otherwise
    /// nothing changes. What else differs in it takes a restart. The log and the database say what
    /// came of it.
    public func reload(_ load: () throws(ConfigurationError) -> Configuration) async {
        guard let rules = state.withLock({ $0.rules }) else {
            logger.warning("the configuration is not read again: the monitor starts or ends")
            return
        }
        await rules.reload(load)
    }

    /// Recordings are old from the start, so a monitor of nothing else removes nothing.
    private func removeExpired(_ store: OpenedStore) async {
        guard !configuration.hasRecordingsOnly else { return }
        await RetentionRunner(
            retention: configuration.retention, writer: store.writer, logger: logger
        ).run()
    }

    private func watchDatabase(_ store: OpenedStore) async {
        await DatabaseWatch(store: store.store, writer: store.writer, logger: logger).run()
    }
}
