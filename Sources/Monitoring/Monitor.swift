public import Capture
internal import EventStore
internal import LevelTypes
public import Listening
public import Logging
internal import ModelFormat
public import MonitorConfig
public import ServiceLifecycle
internal import SoundLevels
internal import SourceTypes
internal import Synchronization
internal import Teaching
public import Timekeeping

/// The whole monitor, top to bottom: sources are heard and analysed on threads of their own; here
/// arrive their messages, which are stored, matched against the rules and acted on.
///
/// It ends when every source has ended, or after a graceful shutdown: then the sources stop, what
/// was heard is analysed to its end, open events are closed, the store is written, hooks get their
/// grace. As long as one source can be heard it goes on, and tries the devices that it could not
/// open again and again.
public final class Monitor: Service {
    /// What the command line adds to the configuration.
    public struct Options: Sendable {
        /// How fast recordings are read.
        public var pace: FileSource.Pace
        /// The time of the first sample of recordings and streams; `nil`: now.
        public var startTime: UTCTime?
        /// Sees every message before it is handled.
        public var onMessage: @Sendable (AnalysisMessage) -> Void
        /// Called once, after the first audio.
        public var onListening: @Sendable () -> Void
        /// Called when a graceful shutdown begins.
        public var onStopping: @Sendable () -> Void

        public init(
            pace: FileSource.Pace = .realtime, startTime: UTCTime? = nil,
            onMessage: @escaping @Sendable (AnalysisMessage) -> Void = { _ in },
            onListening: @escaping @Sendable () -> Void = {},
            onStopping: @escaping @Sendable () -> Void = {}
        ) {
            self.pace = pace
            self.startTime = startTime
            self.onMessage = onMessage
            self.onListening = onListening
            self.onStopping = onStopping
        }
    }

    private static let watchInterval = Duration.milliseconds(500)
    /// Between two attempts to open a device that could not be opened at the start.
    private static let retryInterval = Duration.seconds(5)

    private let configuration: Configuration
    private let options: Options
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var session: Session?
        var running: [String: SourceListener] = [:]
        /// Devices that could not be opened yet.
        var missing: [SourceConfiguration] = []
        var isStopping = false

        /// No message will come any more.
        var isDone: Bool { running.isEmpty && (missing.isEmpty || isStopping) }
    }

    /// What all sources share.
    private struct Session: Sendable {
        let model: Model
        let taught: [TaughtSound]
        let store: EventStore
        let writer: StoreWriter
        let outbox: Outbox
    }

    public init(configuration: Configuration, options: Options = Options(), logger: Logger) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
    }

    /// - Throws: what keeps it from starting; or, when all sources have ended, the failure of the
    ///   last one that failed; or `MonitorError.unwritten`.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await listen()
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private func listen() async throws {
        let model = try Model.named(configuration.model)
        let taught = TaughtFolder(path: configuration.taught).selection(for: model)
        try configuration.validate(labels: model.labels + taught.labels)
        for warning in taught.warnings { logger.warning("\(warning)") }
        if !taught.sounds.isEmpty {
            let labels = taught.sounds.map(\.label).joined(separator: ", ")
            logger.info("taught sounds: \(labels)")
        }
        let (outbox, messages) = Outbox.make()
        let (session, startFailure) = try startSources(model, taught.sounds, outbox)
        var handler = try MessageHandler(
            configuration: configuration, model: model, store: session.store,
            writer: session.writer, logger: logger)
        let helpers = [Task { await watchHealth() }, Task { await retryMissing(session) }]
        let endFailure = await receive(messages, &handler)
        for helper in helpers { helper.cancel() }
        stop()
        try await handler.close()
        if let failure = endFailure ?? startFailure { throw failure }
    }

    /// Begins the end. May be called more than once.
    private func stop() {
        let (isFirst, state) = self.state.withLock { state in
            defer { state.isStopping = true }
            return (!state.isStopping, state)
        }
        guard isFirst else { return }
        options.onStopping()
        state.session?.writer.stopWaiting()
        for listener in state.running.values { listener.stop() }
        // With nothing running, only devices are waited for that never came.
        if state.running.isEmpty { state.session?.outbox.finish() }
    }

    // MARK: Sources

    /// Starts every source that can be started. The store is opened after the first one, so that a
    /// wrong source leaves no database behind.
    ///
    /// - Returns: what the sources share, and the failure of the last source that can never start
    /// - Throws: when none can be started, the first failure
    private func startSources(
        _ model: Model, _ taught: [TaughtSound], _ outbox: Outbox
    ) throws -> (Session, (any Error)?) {
        var session: Session?
        var failures: [(source: SourceConfiguration, error: any Error)] = []
        for settings in configuration.sources {
            do {
                let source = try open(settings)
                let shared = try session ?? openSession(model, taught, outbox)
                session = shared
                try begin(source, as: settings, shared)
            } catch let error as EventStoreError {
                throw error  // Only the first source can meet it: nothing runs yet.
            } catch {
                failures.append((settings, error))
            }
        }
        guard let session, state.withLock({ !$0.running.isEmpty }) else {
            try session?.store.close()
            throw failures[0].error
        }
        for (settings, error) in failures {
            logger.error("\(settings.name): \(error)")
            if settings.input.isDevice { state.withLock { $0.missing.append(settings) } }
        }
        return (session, failures.last { !$0.source.input.isDevice }?.error)
    }

    private func openSession(
        _ model: Model, _ taught: [TaughtSound], _ outbox: Outbox
    ) throws(EventStoreError) -> Session {
        let store = try EventStore(
            path: configuration.database, pictureBytes: configuration.pictures.keptBytes)
        let writer = StoreWriter(store: store, logger: logger, onBroken: { self.stop() })
        let session = Session(
            model: model, taught: taught, store: store, writer: writer, outbox: outbox)
        state.withLock { $0.session = session }
        return session
    }

    private func open(_ source: SourceConfiguration) throws -> sending any CaptureSource {
        try source.input.open(
            channel: source.channel, rate: source.rate, pace: options.pace,
            streamFormat: source.stream, timesArrivals: options.startTime == nil)
    }

    private func begin(
        _ source: sending any CaptureSource, as settings: SourceConfiguration, _ session: Session
    ) throws {
        let (store, outbox) = (session.store, session.outbox)
        let levels = try levelSettings(of: settings, store)
        let listener = try SourceListener(
            name: settings.name, source: source, model: session.model,
            taught: session.taught, tracking: configuration.tracking, levels: levels,
            pictures: configuration.pictures.selection,
            startTime: startTime(of: settings.input),
            nextEventID: { store.nextEventID() }, put: { outbox.put($0) })
        report(levels.scale, of: listener)
        let isStopping = state.withLock { state in
            state.running[settings.name] = listener
            return state.isStopping
        }
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

    /// How the levels of a source are measured. Its calibration is looked up once, at the start:
    /// nothing changes it while the monitor runs.
    private func levelSettings(
        of source: SourceConfiguration, _ store: EventStore
    ) throws -> LevelSettings {
        let response = try source.levels.microphoneCorrection.map {
            try MicrophoneResponse(path: $0)
        }
        let calibration = try store.lastCalibration(
            source: source.name, input: source.input.description)
        let scale = LevelScale(
            calibration: calibration, fullScaleDecibels: source.levels.fullScaleDecibels,
            response: response)
        return LevelSettings(
            scale: scale, response: response,
            noiseFloorDecibels: source.levels.noiseFloorDecibels, loud: configuration.loud)
    }

    /// The time of the first sample; `nil` where the source knows when its samples were captured.
    private func startTime(of input: SourceSpecification) -> UTCTime? {
        switch input {
        case .alsa: nil
        case .file: options.startTime ?? .now()
        case .standardInput: options.startTime
        }
    }

    /// Tries again and again to open the devices that were not there at the start.
    private func retryMissing(_ session: Session) async {
        while await pause(Self.retryInterval) {
            for settings in state.withLock({ $0.missing }) {
                do {
                    try begin(try open(settings), as: settings, session)
                    state.withLock { $0.missing.removeAll { $0.name == settings.name } }
                    logger.notice("\(settings.name): it is there now")
                } catch {
                    logger.debug("\(settings.name): \(error)")
                }
            }
        }
    }

    /// Says in the log when a device goes away, why it cannot be opened again, and when it is back.
    private func watchHealth() async {
        var lost: [String: String] = [:]
        while await pause(Self.watchInterval) {
            for (name, listener) in state.withLock({ $0.running }) {
                switch listener.health.state {
                case .lost:
                    let reason = listener.health.lastFailure.map { "; \($0.message)" } ?? ""
                    guard lost.updateValue(reason, forKey: name) != reason else { continue }
                    logger.error("\(name): lost, trying to get it back\(reason)")
                case .running where lost.removeValue(forKey: name) != nil:
                    logger.notice("\(name): it is back")
                case .opening, .running: break
                }
            }
        }
    }

    /// False when there is no more time: the monitor is done.
    private func pause(_ duration: Duration) async -> Bool {
        do {
            try await Task.sleep(for: duration)
            return true
        } catch {
            return false  // Cancelled.
        }
    }

    // MARK: Messages

    /// Handles messages until every source has ended. Returns the failure of the last source that
    /// failed.
    private func receive(
        _ messages: AsyncStream<AnalysisMessage>, _ handler: inout MessageHandler
    ) async -> (any Error)? {
        var lastFailure: CaptureError?
        var isListening = false
        var iterator = messages.makeAsyncIterator()
        while !state.withLock({ $0.isDone }), let message = await iterator.next() {
            options.onMessage(message)
            await handler.handle(message)
            switch message {
            case .listening where !isListening:
                isListening = true
                options.onListening()
            case .ended(let source, _, let failure):
                state.withLock { $0.running[source] = nil }
                lastFailure = failure ?? lastFailure
            default: break
            }
        }
        return lastFailure
    }
}

extension PictureConfiguration {
    fileprivate var selection: PictureSelection {
        takesAny ? ofSpeech ? .all : .withoutSpeech : .none
    }
}
