internal import Capture
internal import Control
internal import EventStore
internal import LevelTypes
internal import Listening
internal import Logging
internal import ModelFormat
internal import MonitorConfig
internal import SourceTypes
internal import Synchronization
internal import Teaching
internal import Timekeeping

/// The sources of a monitor, from their opening to their end. What they report goes to the
/// subscribers, who are told when nothing more can come.
final class MonitoredSources: Sendable {
    /// What all of them need.
    struct Shared: Sendable {
        let model: Model
        let taught: [TaughtSound]
        let store: OpenedStore
    }

    private static let watchInterval = Duration.milliseconds(500)
    /// The time between two attempts to open a device that could not be opened at the start.
    private static let retryInterval = Duration.seconds(1)

    private let configuration: Configuration
    private let options: Monitor.Options
    private let fanOut: MessageFanOut
    private let logger: Logger
    private let live = LiveStatus()
    private let state = Mutex(State())

    private struct State: Sendable {
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

        /// No more messages will come.
        var isDone: Bool { hasStarted && running.isEmpty && (missing.isEmpty || isStopping) }
    }

    init(
        _ configuration: Configuration, _ options: Monitor.Options, _ fanOut: MessageFanOut,
        logger: Logger
    ) {
        (self.configuration, self.options) = (configuration, options)
        (self.fanOut, self.logger) = (fanOut, logger)
    }

    /// The failure of the last one that failed.
    var failure: CaptureError? { state.withLock { $0.failure } }

    /// Of a source that was ever listened to.
    func health(of source: String) -> CaptureHealth? { state.withLock { $0.health[source] } }

    /// How they are doing.
    func status(now: UTCTime) -> [MonitorStatus.Source] {
        let (health, missing, running) = state.withLock {
            ($0.health, Set($0.missing.map(\.name)), $0.running)
        }
        return configuration.sources.map { source in
            var status = live.source(
                source.name, input: source.input.description, health[source.name],
                isMissing: missing.contains(source.name), now: now)
            if let listener = running[source.name] {
                status.waiting = rounded(listener.waitingSeconds, places: 3)
                status.room = rounded(listener.roomSeconds, places: 1)
            }
            return status
        }
    }

    /// How far those have come that have not ended.
    var progress: [String: MonitorProgress.Source] {
        let (running, missing) = state.withLock { ($0.running, $0.missing) }
        var progress: [String: MonitorProgress.Source] = [:]
        for settings in configuration.sources {
            let name = settings.name
            let isMissing = missing.contains { $0.name == name }
            guard isMissing || running[name] != nil else { continue }
            progress[name] = live.progress(of: name)
            // A device that is silent or away has messages: no sound, or gaps.
            if let listener = running[name], !settings.input.isDevice {
                progress[name]?.idleReads = listener.idleReads
                progress[name]?.isBehind = listener.waitingSeconds > 0
            }
        }
        return progress
    }

    /// Lets all of them end. May be called more than once.
    func stop() {
        let (captured, running) = change { state in
            state.isStopping = true
            return (state.captured, state.running)
        }
        for source in captured { source.capture.stop() }
        for listener in running.values { listener.stop() }
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
    func capture() throws -> (any Error)? {
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
    func start(_ shared: Shared) -> (any Error)? {
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
            logger.about(.source, failure.settings.name).error(
                "\(failure.settings.name): \(failure.error)")
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
        if let start = source.recordingStart {
            logger.about(.source, name).info("\(name): \(start)")
        }
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
        let logger = logger.about(.source, listener.name)
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
    func retryMissing(_ shared: Shared) async {
        var due = ContinuousClock.now + Self.retryInterval
        var told: [String: String] = [:]
        while await pause(Self.watchInterval) {
            let isDue = ContinuousClock.now >= due
            if isDue { due = .now + Self.retryInterval }
            for settings in devicesToOpen(all: isDue) {
                let logger = logger.about(.source, settings.name)
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

    func watchDevices() async {
        await DeviceWatch(logger: logger) { self.state.withLock { $0.running.mapValues(\.health) } }
            .run()
    }
}

extension PictureConfiguration {
    fileprivate var selection: PictureSelection {
        takesAny ? ofSpeech ? .all : .withoutSpeech : .none
    }
}
