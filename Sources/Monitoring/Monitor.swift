internal import Actions
public import Capture
internal import Control
internal import Database
internal import EventStore
internal import LevelTypes
public import Listening
public import Logging
internal import ModelFormat
public import MonitorConfig
internal import Rules
public import ServiceLifecycle
internal import SourceTypes
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

        public init(
            pace: FileSource.Pace = .realtime, startTime: UTCTime? = nil,
            onOpening: @escaping @Sendable (_ progress: String?) -> Void = { _ in },
            openingInterval: Duration = .seconds(5),
            onListening: @escaping @Sendable () -> Void = {},
            onStopping: @escaping @Sendable () -> Void = {}
        ) {
            self.pace = pace
            self.startTime = startTime
            self.onOpening = onOpening
            self.openingInterval = openingInterval
            self.onListening = onListening
            self.onStopping = onStopping
        }
    }

    private static let watchInterval = Duration.milliseconds(500)
    /// The time between two attempts to open a device that could not be opened at the start.
    private static let retryInterval = Duration.seconds(5)

    let configuration: Configuration
    private let options: Options
    private let logger: Logger
    private let fanOut = MessageFanOut()
    let live = LiveStatus()
    private let state = Mutex(State())

    private struct State: Sendable {
        var writer: StoreWriter?
        /// Sources that fill their rings while the store opens.
        var captured: [CapturedSource] = []
        var running: [String: SourceListener] = [:]
        /// That of every source that was ever listened to.
        var health: [String: CaptureHealth] = [:]
        /// Devices that could not be opened yet.
        var missing: [SourceConfiguration] = []
        /// Those of them that are known to be there.
        var returned: Set<String> = []
        var hasStarted = false
        var hasListened = false
        var isStopping = false
        /// The failure of the last source that failed.
        var failure: CaptureError?
        /// Once the store is open.
        var rules: RunningRules?

        /// No more messages will come.
        var isDone: Bool { hasStarted && running.isEmpty && (missing.isEmpty || isStopping) }
    }

    /// What all sources share.
    private struct Shared: Sendable {
        let model: Model
        let taught: [TaughtSound]
        let store: OpenedStore
    }

    public init(configuration: Configuration, options: Options = Options(), logger: Logger) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
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
            for source in state.withLock({ $0.captured }) { source.capture.stop() }
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
        warnOfCommands()
        if !taught.sounds.isEmpty {
            let labels = taught.sounds.map(\.label).joined(separator: ", ")
            logger.info("taught sounds: \(labels)")
        }
        let captureFailure = try captureSources()
        guard let store = try await openStore() else { return }
        let shared = Shared(model: model, taught: taught.sounds, store: store)
        let recorded = fanOut.subscribe(capacity: MessageRecorder.capacity, whenFull: .wait)
        let rules = RunningRules(
            configuration, model, taught.labels, store, recorded: recorded, logger: logger)
        change { $0.rules = rules }
        let acting = Task { await rules.carryOut() }
        let opened = ContinuousClock.now
        let server = ControlAnswers(
            status: { self.status(store, rules, since: opened) }, logger: logger
        ).serve(at: Configuration.controlSocket(of: configuration.database))
        defer { server?.stop() }
        let subscribers = startSubscribers(shared, recorded, rules)
        let startFailure = startSources(shared) ?? captureFailure
        let helpers = [
            Task { await watchDevices() }, Task { await retryMissing(shared) },
            Task { await watchDatabase(store) }, Task { await rules.watch() },
        ]
        for subscriber in subscribers { await subscriber.value }
        for helper in helpers {
            helper.cancel()
            await helper.value
        }
        stop()
        change { $0.rules = nil }
        await rules.end(acting)
        try await close(store)
        if let failure = state.withLock({ $0.failure }) ?? startFailure { throw failure }
    }

    /// A command that cannot be started is no reason not to listen.
    private func warnOfCommands() {
        do throws(ConfigurationError) {
            try configuration.validateCommands()
        } catch {
            for fault in error.faults { logger.error("\(fault)") }
        }
    }

    /// Begins the shutdown. May be called more than once.
    private func stop() {
        let (isFirst, state) = change { state in
            defer { state.isStopping = true }
            return (!state.isStopping, state)
        }
        guard isFirst else { return }
        options.onStopping()
        state.writer?.stopWaiting()
        for source in state.captured { source.capture.stop() }
        for listener in state.running.values { listener.stop() }
    }

    /// Changes the state. When no more messages can come the subscribers are told.
    @discardableResult
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, isDone) = state.withLock { state in
            let result = body(&state)
            return (result, state.isDone)
        }
        if isDone { fanOut.finish() }
        return result
    }

    /// Opens the store while the sources are being captured. Returns `nil` if the monitor is
    /// stopped meanwhile.
    private func openStore() async throws -> OpenedStore? {
        let opening = StoreOpening()
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
        let isStopping = change { state in
            state.writer = store.writer
            return state.isStopping
        }
        if isStopping { store.writer.stopWaiting() }
        return store
    }

    private func close(_ store: OpenedStore) async throws(MonitorError) {
        let unwritten = await store.writer.close()
        for change in unwritten { logger.error("not stored: \(change.logText)") }
        guard unwritten.isEmpty else { throw .unwritten(count: unwritten.count) }
    }

    /// Those that need the store, and the log.
    private func startSubscribers(
        _ shared: Shared, _ recorded: MessageSubscription, _ rules: RunningRules
    ) -> [Task<Void, Never>] {
        let store = shared.store
        // After the store, which therefore has an event before the rules see it.
        let judged = fanOut.subscribe(
            capacity: RuleRunner.capacity, whenFull: .wait, to: RuleRunner.isOfInterest)
        let logged = fanOut.subscribe(
            capacity: SourceLog.capacity, whenFull: .wait, to: SourceLog.isOfInterest)
        return [
            Task {
                var recorder = MessageRecorder(
                    model: shared.model, store: store.store, writer: store.writer)
                await recorder.record(recorded)
            },
            Task { await rules.run(judged) },
            Task { [logger] in
                var log = SourceLog(logger: logger) { source in
                    self.state.withLock { $0.health[source]?.channels }
                }
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

    /// Called on the analysis thread of its source.
    private func take(_ message: AnalysisMessage) {
        live.note(message)
        fanOut.put(message)
        switch message {
        case .listening:
            let isFirst = change { state in
                defer { state.hasListened = true }
                return !state.hasListened
            }
            if isFirst { options.onListening() }
        case .ended(let source, _, let failure):
            change { state in
                state.running[source] = nil
                if failure?.kind == .rateChanged {
                    state.missing += configuration.sources.filter { $0.name == source }
                    state.returned.insert(source)
                } else {
                    state.failure = failure ?? state.failure
                }
            }
        default: break
        }
    }

    /// Starts to capture every source that can be opened: nothing is missed while the store opens,
    /// as long as the rings last, and a wrong source leaves no database behind.
    ///
    /// - Returns: the failure of the last source that can never start
    /// - Throws: when none can be captured, the first failure
    private func captureSources() throws -> (any Error)? {
        var captured: [CapturedSource] = []
        var failures: [SourceFailure] = []
        for settings in configuration.sources {
            do {
                captured.append(try CapturedSource(settings, options))
            } catch {
                failures.append(SourceFailure(settings: settings, error: error))
            }
        }
        guard !captured.isEmpty else { throw failures[0].error }
        let sources = captured
        let isStopping = change { state in
            state.captured = sources
            return state.isStopping
        }
        if isStopping { for source in sources { source.capture.stop() } }
        return note(failures)
    }

    /// Starts listening to every source that is being captured.
    ///
    /// - Returns: the failure of the last source that can never start; if none can be listened to,
    ///   the first failure, and then no device is waited for
    private func startSources(_ shared: Shared) -> (any Error)? {
        var failures: [SourceFailure] = []
        let captured = state.withLock { $0.captured }
        for source in captured {
            do {
                try begin(source, shared)
            } catch {
                failures.append(SourceFailure(settings: source.settings, error: error))
            }
        }
        let isNoneHeard = failures.count == captured.count
        let failure = isNoneHeard ? failures[0].error : note(failures)
        change { state in
            state.captured = []
            state.hasStarted = true
            if isNoneHeard { state.missing = [] }
        }
        return failure
    }

    private struct SourceFailure {
        let settings: SourceConfiguration
        let error: any Error
    }

    /// Logs why sources cannot be heard, and waits for devices. Returns the failure of the last
    /// source that is not a device.
    private func note(_ failures: [SourceFailure]) -> (any Error)? {
        for failure in failures {
            logger.error("\(failure.settings.name): \(failure.error)")
            guard failure.settings.input.isDevice else { continue }
            live.note(refusal: "\(failure.error)", of: failure.settings.name)
            change { $0.missing.append(failure.settings) }
        }
        return failures.last { !$0.settings.input.isDevice }?.error
    }

    private func begin(_ source: CapturedSource, _ shared: Shared) throws {
        let name = source.settings.name
        let store = shared.store.store
        let levels = source.levels(
            calibration: shared.store.calibrations[name], configuration)
        let listener = try SourceListener(
            capture: source.capture, model: shared.model, taught: shared.taught,
            tracking: configuration.tracking, levels: levels,
            pictures: configuration.pictures.selection,
            startTime: source.startTime, nextEventID: { store.nextEventID() },
            put: { self.take($0) })
        if let start = source.recordingStart { logger.info("\(name): \(start)") }
        report(levels.scale, of: listener)
        let isStopping: Bool? = change { state in
            // A device that appears during the shutdown.
            if state.isStopping, state.hasStarted { return nil }
            state.running[name] = listener
            state.health[name] = listener.health
            state.missing.removeAll { $0.name == name }
            return state.isStopping
        }
        guard let isStopping else { return }
        listener.start()
        if isStopping { listener.stop() }
    }

    private func report(_ scale: LevelScale, of listener: SourceListener) {
        if let failure = listener.levelsFailure {
            logger.warning("\(listener.name): \(failure)")
        } else {
            logger.info("\(listener.name): levels are \(scale)")
        }
        if let decibels = listener.correctionFault {
            logger.warning(
                "\(listener.name): the microphone correction is met within \(decibels) dB only")
        }
    }

    /// Keeps trying to open the devices that were not there at the start, and opens those afresh
    /// that came back with another rate.
    private func retryMissing(_ shared: Shared) async {
        var due = ContinuousClock.now + Self.retryInterval
        var told: [String: String] = [:]
        while await pause(Self.watchInterval) {
            let isDue = ContinuousClock.now >= due
            if isDue { due = .now + Self.retryInterval }
            for settings in devicesToOpen(all: isDue) {
                do {
                    try begin(try CapturedSource(settings, options), shared)
                    logger.notice("\(settings.name): it is there now")
                    told[settings.name] = nil
                } catch {
                    live.note(refusal: "\(error)", of: settings.name)
                    let isNew = told.updateValue("\(error)", forKey: settings.name) != "\(error)"
                    logger.log(level: isNew ? .warning : .debug, "\(settings.name): \(error)")
                }
            }
        }
    }

    private func devicesToOpen(all: Bool) -> [SourceConfiguration] {
        state.withLock { state in
            defer { state.returned = [] }
            return state.missing.filter { all || state.returned.contains($0.name) }
        }
    }

    /// How the sources are doing that were ever opened, and those that could not be.
    var captureStates: (health: [String: CaptureHealth], missing: Set<String>) {
        state.withLock { ($0.health, Set($0.missing.map(\.name))) }
    }

    private func watchDevices() async {
        await DeviceWatch(logger: logger) { self.state.withLock { $0.running.mapValues(\.health) } }
            .run()
    }

    private func watchDatabase(_ store: OpenedStore) async {
        await DatabaseWatch(store: store.store, writer: store.writer, logger: logger).run()
    }
}

extension PictureConfiguration {
    fileprivate var selection: PictureSelection {
        takesAny ? ofSpeech ? .all : .withoutSpeech : .none
    }
}
