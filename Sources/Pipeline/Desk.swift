internal import Acoustics
internal import Actions
internal import EventStore
internal import Logging
internal import MonitorConfig
internal import Rules
internal import SoundNet

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
    private var recordings: [String: Recording] = [:]
    /// The start of the last gap of each source that the log has.
    private var reportedGaps: [String: UTCTime] = [:]

    /// - Throws: `EventStoreError` when the last firings cannot be read.
    init(
        configuration: Configuration, model: Model, store: EventStore, writer: StoreWriter,
        logger: Logger
    ) throws(EventStoreError) {
        self.model = "\(model.name) \(String(model.checksum, radix: 16))"
        self.store = store
        self.writer = writer
        self.logger = logger
        hookGrace = configuration.hooks.grace
        hooks = HookRunner(
            limits: HookLimits(
                concurrency: configuration.hooks.concurrency, queue: configuration.hooks.queue),
            ledger: StoreLedger(writer: writer, logger: logger))
        engine = RuleEngine(rules: configuration.rules, lastFired: try store.lastFirings())
    }

    mutating func handle(_ message: AnalysisMessage, from station: Station) async {
        switch message {
        case .listening(let source, let since):
            logger.info("\(source): listening at \(station.sampleRate.hertz) Hz")
            await beginRecording(source, since: since, sampleRate: station.sampleRate)
        case .event(let event):
            await writer.add(.event(event))
            for firing in engine.process(event) {
                logger.notice("rule \(firing.rule) fires: \(event.label), event \(event.id)")
                await hooks.submit(firing)
            }
        case .level(let source, let record):
            await continueRecording(source, record, lostSamples: station.lostSamples)
        case .gap(let gap):
            report(gap)
            await writer.add(.gap(gap))
        case .clockStepped(let source, let seconds):
            logger.warning("\(source): the clock was set by \(seconds) s; later events follow it")
        case .ended(let source, let end):
            logger.info("\(source): ended")
            await endRecording(source, at: end, lostSamples: station.lostSamples)
        }
    }

    /// Gives the hooks their grace, writes what is left and closes the store.
    ///
    /// - Throws: `MonitorError.unwritten` when the store could not take everything; the log then
    ///   has what is missing.
    func close() async throws(MonitorError) {
        await hooks.drain(grace: hookGrace)
        let unwritten = await writer.close()
        for change in unwritten { logger.error("not stored: \(change)") }
        guard unwritten.isEmpty else { throw .unwritten(count: unwritten.count) }
    }

    /// A gap that grows is logged once.
    private mutating func report(_ gap: AudioGap) {
        guard reportedGaps.updateValue(gap.start, forKey: gap.source) != gap.start else { return }
        logger.warning(
            "\(gap.source): not heard since \(gap.start.localDescription) (\(gap.cause.name))")
    }

    // MARK: The ledger of recordings

    private mutating func beginRecording(
        _ source: String, since: UTCTime, sampleRate: SampleRate
    ) async {
        let recording = Recording(
            id: store.nextRecordingID(), source: source, started: since, ended: since,
            sampleRate: sampleRate, capturedSamples: 0, lostSamples: 0, model: model,
            status: .running)
        recordings[source] = recording
        await writer.add(.recording(recording))
    }

    private mutating func continueRecording(
        _ source: String, _ record: LevelRecord, lostSamples: Int64
    ) async {
        guard var recording = recordings[source] else { return }
        let rate = recording.sampleRate
        let before = recording.capturedSamples
        recording.capturedSamples += Int64(record.samples)
        recording.lostSamples = lostSamples
        recording.ended = record.start.adding(seconds: rate.seconds(Int64(record.samples)))
        recordings[source] = recording
        let period = Int64(Self.ledgerSeconds * rate.hertz)
        guard before / period != recording.capturedSamples / period else { return }
        await writer.add(.recording(recording))
    }

    private mutating func endRecording(
        _ source: String, at end: UTCTime?, lostSamples: Int64
    ) async {
        guard var recording = recordings.removeValue(forKey: source) else { return }
        recording.ended = end ?? recording.ended
        recording.lostSamples = lostSamples
        recording.status = .complete
        await writer.add(.recording(recording))
    }
}
