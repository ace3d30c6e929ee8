public import Capture
internal import Dispatch
internal import LevelTypes
public import ModelFormat
public import SoundLevels
public import SoundTypes
internal import Synchronization
public import Teaching
public import Timekeeping
public import Tracking

/// What was heard in a recording.
public struct FileAnalysis: Sendable {
    public var sampleRate: SampleRate
    /// When the recording began, as far as is known.
    public var recordingStart: RecordingStart
    /// The length of what could be read.
    public var durationSeconds: Double
    /// Complete events in order of onset; times count from the epoch, as if the file began there.
    public var events: [SoundEvent]
    /// What came nearest to an event of each label without becoming one, the nearest first.
    public var nearMisses: [NearMiss]
    /// `nil` if there are none; `levelsFailure` says why.
    public var levels: RecordingLevels?
    /// Why there are no levels: the rate of the file.
    public var levelsFailure: SoundLevelsError?
    /// How far the microphone correction misses the response, in dB, if that is more than it should
    /// be.
    public var correctionFault: Double?
    /// What the channels say if only others than the one that was listened to ever changed.
    public var channelFault: String?
    /// Why reading ended early; `nil` if the whole file was read.
    public var failure: CaptureError?

    /// The time of the first sample.
    public static let start = UTCTime(microseconds: 0)

    /// Listens to a whole file as fast as possible, through the same stages as the monitor.
    /// Blocks until it is done.
    ///
    /// - Parameters:
    ///   - channel: the channel to listen to, from 1
    ///   - taught: sounds to look for in addition to those of the model, which they must fit
    ///   - levels: how the levels are measured
    ///   - requiresLevels: whether to refuse a file whose levels cannot be measured
    ///   - onScores: gets the scores of every step, [labels], with its beginning and end in
    ///     samples, on another thread
    ///   - onProgress: gets the seconds heard so far, about once a second of audio, on another
    ///     thread
    /// - Throws: `CaptureError` if the file cannot be opened, `SpectrogramError` if its rate is too
    ///   low for the model, `TrackingError` for impossible parameters, `SoundLevelsError` if levels
    ///   are required but cannot be measured.
    public init(
        path: String, channel: Int = 1, model: Model, taught: [TaughtSound] = [],
        tracking: TrackingParameters = .init(),
        levels: LevelSettings = .init(), requiresLevels: Bool = false,
        onScores: (@Sendable (Span<Float>, Int64, Int64) -> Void)? = nil,
        onProgress: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws {
        let source = try FileSource(path: path, channel: channel, rate: nil, pace: .maximum)
        let rate = source.sampleRate
        recordingStart = source.start(now: .now())
        if requiresLevels, !LevelMeter.sampleRates.contains(rate.hertz) {
            throw SoundLevelsError.unsupportedRate(rate)
        }
        let lastID = Atomic<Int64>(0)
        let heard = Mutex(Heard(levels: RecordingLevels(scale: levels.scale)))
        let misses = Mutex(
            NearMissFinder(
                labels: model.labels + taught.map(\.label),
                parameters: model.labelParameters(tracking)
                    + taught.map { $0.labelParameters(tracking) },
                rate: rate, stepSamples: Recogniser.stepSamples(of: model, at: rate)))
        let done = DispatchSemaphore(value: 0)
        let listener = try SourceListener(
            capture: try SourceCapture(name: path, source: source), model: model, taught: taught,
            tracking: tracking, levels: levels, startTime: Self.start,
            nextEventID: { lastID.wrappingAdd(1, ordering: .relaxed).newValue },
            onScores: { scores, start, end in
                misses.withLock { $0.process(scores, start: start, end: end) }
                onScores?(scores, start, end)
            },
            put: { message in
                switch message {
                case .event(let event) where event.status == .complete:
                    heard.withLock { $0.events.append(event) }
                case .level(_, let record):
                    heard.withLock { $0.levels.add(record) }
                case .heard(_, _, let time):
                    onProgress(time.seconds(since: Self.start))
                case .ended(_, let end, let failure):
                    heard.withLock { ($0.end, $0.failure) = (end, failure) }
                    done.signal()
                case .event, .picture, .scores, .began, .listening, .gap, .effort, .drift,
                    .clockStepped:
                    break
                }
            })
        listener.start()
        done.wait()
        sampleRate = rate
        durationSeconds = heard.withLock { $0.end }?.seconds(since: Self.start) ?? 0
        events = heard.withLock { $0.events }.sorted { ($0.onset, $0.id) < ($1.onset, $1.id) }
        nearMisses = misses.withLock { $0.finish() }
        levelsFailure = listener.levelsFailure
        correctionFault = listener.correctionFault
        if levelsFailure == nil { self.levels = heard.withLock { $0.levels } }
        channelFault = Self.channelFault(
            listener.health.channels, isZero: self.levels?.summary.exposureZ == 0)
        failure = heard.withLock { $0.failure }
    }

    private static func channelFault(_ channels: ChannelSignals, isZero: Bool) -> String? {
        guard let other = channels.othersAtAll.first else { return nil }
        return channels.text(others: channels.othersAtAll, isZero: isZero)
            + " (--channel \(other))"
    }

    private struct Heard {
        var events: [SoundEvent] = []
        var levels: RecordingLevels
        var end: UTCTime?
        var failure: CaptureError?
    }
}
