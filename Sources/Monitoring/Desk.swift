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
struct Desk {
    /// Seconds of audio between two updates of the ledger of recordings.
    private static let ledgerSeconds = 10

    private let model: String
    private let store: EventStore
    private let writer: StoreWriter
    private let hooks: HookRunner
    private let hookGrace: Duration
    private let logger: Logger
    private var engine: RuleEngine
    private var recordings: [String: OpenRecording] = [:]
    /// The start of the last gap of each source that the log has.
    private var reportedGaps: [String: UTCTime] = [:]
    private var signals: [String: SignalWatch] = [:]

    /// - Throws: `EventStoreError` when the last firings cannot be read.
    init(
        configuration: Configuration, model: Model, store: EventStore, writer: StoreWriter,
        logger: Logger
    ) throws(EventStoreError) {
        self.model = model.identity
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

    mutating func handle(_ message: AnalysisMessage, from station: Station) async {
        switch message {
        case .listening(let source, let since):
            logger.info("\(source): listening at \(station.sampleRate.hertz) Hz")
            if station.lacksPriority {
                logger.notice("\(source): captured without real-time priority, which was refused")
            }
            await beginRecording(of: station, since: since)
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
        case .heard(let source, let samples, _):
            await continueRecording(source, samples, lostSamples: station.lostSamples)
        case .gap(let gap):
            report(gap)
            await writer.add(.gap(gap))
        case .clockStepped(let source, let seconds, let time):
            logger.warning("\(source): the clock was set by \(seconds) s; later events follow it")
            await endRecording(source, lostSamples: station.lostSamples)
            await beginRecording(of: station, since: time)
        case .ended(let source, _):
            logger.info("\(source): ended")
            await endRecording(source, lostSamples: station.lostSamples)
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
        switch signals[source, default: SignalWatch()].see(record) {
        case .dead:
            let length = "\(SignalWatch.patience) s"
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

    // MARK: The ledger of recordings

    /// A recording that is under way. Its length is counted in samples: a step of the wall clock
    /// ends it and begins another.
    private struct OpenRecording {
        var recording: Recording
        /// Samples that the source had lost when the recording began.
        let lostBefore: Int64

        mutating func update(lostSamples: Int64) {
            recording.lostSamples = lostSamples - lostBefore
            recording.ended = recording.started.adding(
                seconds: recording.sampleRate.seconds(
                    recording.capturedSamples + recording.lostSamples))
        }
    }

    private mutating func beginRecording(of station: Station, since: UTCTime) async {
        let recording = Recording(
            id: store.nextRecordingID(), source: station.name, started: since, ended: since,
            sampleRate: station.sampleRate, capturedSamples: 0, lostSamples: 0, model: model,
            status: .running)
        recordings[station.name] = OpenRecording(
            recording: recording, lostBefore: station.lostSamples)
        await writer.add(.recording(recording))
    }

    private mutating func continueRecording(
        _ source: String, _ samples: Int, lostSamples: Int64
    ) async {
        guard var open = recordings[source] else { return }
        let before = open.recording.capturedSamples
        open.recording.capturedSamples += Int64(samples)
        open.update(lostSamples: lostSamples)
        recordings[source] = open
        let period = Int64(Self.ledgerSeconds * open.recording.sampleRate.hertz)
        guard before / period != open.recording.capturedSamples / period else { return }
        await writer.add(.recording(open.recording))
    }

    private mutating func endRecording(_ source: String, lostSamples: Int64) async {
        guard var open = recordings.removeValue(forKey: source) else { return }
        open.update(lostSamples: lostSamples)
        open.recording.status = .complete
        await writer.add(.recording(open.recording))
    }
}
