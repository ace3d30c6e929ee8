public import Acoustics
internal import Actions
public import Capture
internal import EventStore
public import Logging
public import MonitorConfig
public import ServiceLifecycle
internal import SoundNet
internal import Synchronization

/// The whole monitor, top to bottom: sources are heard and analysed on threads of their own; here
/// arrive their messages, which are stored, matched against the rules and acted on.
///
/// It ends when every source has ended, or after a graceful shutdown: then the sources stop, what
/// was heard is analysed to its end, open events are closed, the store is written, hooks get their
/// grace.
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
        /// Called once, when the end begins: hooks and the store may take their time after it.
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

    private let configuration: Configuration
    private let options: Options
    private let logger: Logger
    private let stations = Mutex(Stations())

    /// The sources that run, and whether they have been told to stop.
    private struct Stations {
        var running: [Station] = []
        var isStopping = false
    }

    public init(configuration: Configuration, options: Options = Options(), logger: Logger) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
    }

    /// - Throws: what keeps it from starting; or, when no source is left, the failure of the last
    ///   one; or `MonitorError.unwritten`.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await listen()
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private func listen() async throws {
        let model = try configuration.model.map { try Model(path: $0) } ?? Model.builtIn()
        try configuration.validate(labels: model.labels)
        let (outbox, messages) = Outbox.make()
        // The first source is opened before the store: a wrong source leaves no database behind.
        let first = try open(configuration.sources[0])
        let store = try EventStore(path: configuration.database)
        let desk = try Desk(
            configuration: configuration, model: model, store: store,
            writer: StoreWriter(store: store, logger: logger), logger: logger)
        let start = Start(model: model, store: store, outbox: outbox)

        var startFailure: (any Error)?
        do {
            try begin(first, as: configuration.sources[0], start)
            for settings in configuration.sources.dropFirst() {
                try begin(try open(settings), as: settings, start)
            }
        } catch {
            startFailure = error
            stop()
        }
        let watch = Task { await watchHealth() }
        let endFailure = try await receive(messages, desk)
        watch.cancel()
        if let failure = startFailure ?? endFailure { throw failure }
    }

    /// What every station is started with.
    private struct Start {
        let model: Model
        let store: EventStore
        let outbox: Outbox
    }

    // MARK: Sources

    private func open(_ source: SourceConfiguration) throws -> sending any CaptureSource {
        try source.input.open(
            channel: source.channel, rate: source.rate, pace: options.pace,
            streamFormat: source.stream)
    }

    private func begin(
        _ source: sending any CaptureSource, as settings: SourceConfiguration, _ start: Start
    ) throws {
        let startTime = source.isLive ? nil : (options.startTime ?? .now())
        let (store, outbox) = (start.store, start.outbox)
        let station = try Station(
            name: settings.name, source: source, model: start.model,
            tracking: configuration.tracking, startTime: startTime,
            nextEventID: { store.nextEventID() }, put: { outbox.put($0) })
        let isStopping = stations.withLock { stations in
            stations.running.append(station)
            return stations.isStopping
        }
        if isStopping { station.stop() }
    }

    /// Begins the end. May be called more than once.
    private func stop() {
        let (isFirst, running) = stations.withLock { stations in
            defer { stations.isStopping = true }
            return (!stations.isStopping, stations.running)
        }
        if isFirst { options.onStopping() }
        for station in running { station.stop() }
    }

    /// Says in the log when a device goes away or comes back: the gap is known only afterwards.
    private func watchHealth() async {
        var lost: Set<String> = []
        while !Task.isCancelled {
            for station in stations.withLock({ $0.running }) {
                switch station.health.state {
                case .lost where lost.insert(station.name).inserted:
                    logger.error("\(station.name): lost, trying to get it back")
                case .running where lost.remove(station.name) != nil:
                    logger.notice("\(station.name): it is back")
                case .opening, .running, .lost: break
                }
            }
            do {
                try await Task.sleep(for: .milliseconds(500))
            } catch {
                return  // Cancelled: the monitor is done.
            }
        }
    }

    // MARK: Messages

    /// Handles messages until every source has ended, and closes the desk. Returns why the last
    /// source failed, when none ended well.
    private func receive(
        _ messages: AsyncStream<AnalysisMessage>, _ desk: Desk
    ) async throws(MonitorError) -> CaptureError? {
        var desk = desk
        var running = Dictionary(
            uniqueKeysWithValues: stations.withLock { $0.running }.map { ($0.name, $0) })
        var failures: [CaptureError?] = []
        var isListening = false
        var iterator = messages.makeAsyncIterator()
        while !running.isEmpty, let message = await iterator.next() {
            guard let station = running[message.source] else { continue }
            options.onMessage(message)
            await desk.handle(message, from: station)
            switch message {
            case .listening where !isListening:
                isListening = true
                options.onListening()
            case .ended:
                running[message.source] = nil
                failures.append(failure(of: station))
            default: break
            }
        }
        stop()
        try await desk.close()
        return failures.contains(nil) ? nil : failures.last ?? nil
    }

    private func failure(of station: Station) -> CaptureError? {
        guard case .failed(let error) = station.ending() else { return nil }
        logger.error("\(error)")
        return error
    }
}
