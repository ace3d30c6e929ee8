public import Capture
public import ModelFormat
public import SoundLevels
internal import SoundTypes
public import Teaching
public import Timekeeping
public import Tracking

/// One source and everything that listens to it: capture thread, ring, analysis thread.
///
/// A microphone and a recording go through the same stages; only the source and the pace differ.
public final class SourceListener: Sendable {
    /// Why no levels are measured; `nil` if they are.
    public let levelsFailure: SoundLevelsError?

    /// By how much the correction of the microphone misses its response, in dB, if that is more
    /// than it should be.
    public let correctionFault: Double?

    private let loop: AnalysisLoop
    private let capture: SourceCapture

    /// Takes over what is being captured. The analysis, and with it the first message, waits for
    /// `start`.
    ///
    /// - Parameters:
    ///   - taught: sounds to look for besides those of the model, which they must fit
    ///   - levels: how the levels are measured; at a rate at which they cannot be, there are none
    ///   - pictures: which events also have their picture sent as a message
    ///   - startTime: the wall-clock time of the first sample; `nil` takes the device's
    ///   - nextEventID: gives each event its number
    ///   - onScores: gets the scores of every step on the analysis thread
    ///   - onSamples: gets all samples, and the position of the first, on the analysis thread
    ///   - put: takes the messages on the analysis thread; it may block, but not for longer than
    ///     the ring lasts. The last message is `.ended`.
    /// - Throws: `SpectrogramError` or `TrackingError`.
    public init(
        capture: SourceCapture, model: Model, taught: [TaughtSound] = [],
        tracking: TrackingParameters, levels: LevelSettings,
        pictures: PictureSelection = .none, startTime: UTCTime?,
        nextEventID: @escaping @Sendable () -> Int64,
        onScores: (@Sendable (Span<Float>, Int64, Int64) -> Void)? = nil,
        onSamples: (@Sendable (Span<Float>, Int64) -> Void)? = nil,
        put: @escaping @Sendable (AnalysisMessage) -> Void
    ) throws {
        let rate = capture.sampleRate
        var levelAnalysis: LevelAnalysis?
        do {
            levelAnalysis = try LevelAnalysis(settings: levels, sampleRate: rate)
            levelsFailure = nil
        } catch let error as SoundLevelsError {
            levelsFailure = error
        }
        correctionFault = levelAnalysis?.correctionFault
        let parameters =
            model.labelParameters(tracking) + taught.map { $0.labelParameters(tracking) }
        let labels = model.labels + taught.map(\.label)
        // Without the label nobody knows where there is speech.
        let knowsSpeech = labels.contains(PictureMemory.speechLabel)
        let memory =
            pictures == .all || pictures == .withoutSpeech && knowsSpeech
            ? PictureMemory(
                model: model, labels: labels, parameters: parameters, ofSpeech: pictures == .all)
            : nil
        let recogniser = try Recogniser(
            model: model, taught: taught, sampleRate: rate, memory: memory)
        let tracker = try EventTracker(
            labels: parameters, rate: rate, stepSamples: recogniser.stepSamples)
        loop = AnalysisLoop(
            source: capture.name, ring: capture.ring, recogniser: recogniser, tracker: tracker,
            levels: levelAnalysis, sampleRate: rate, startTime: startTime,
            isLive: capture.isLive, nextEventID: nextEventID,
            lacksPriority: { capture.lacksPriority }, failure: { capture.failure() },
            onScores: onScores, onSamples: onSamples, put: put)
        self.capture = capture
    }

    deinit {
        // The loop holds the capture, which therefore does not end by itself.
        capture.stop()
    }

    /// Starts the analysis. Call it once.
    public func start() {
        AnalysisThread.start(loop, name: "analysis", isLive: capture.isLive)
    }

    public var name: String { capture.name }
    /// How the source is doing.
    public var health: CaptureHealth { capture.health }
    /// Reads of the source that brought nothing, so far.
    public var idleReads: Int { capture.idleReads }
    /// Audio that waits for the analysis, and for how much there is room, in seconds.
    public var waitingSeconds: Double { capture.waitingSeconds }
    public var roomSeconds: Double { capture.roomSeconds }

    /// Asks the capture to end. What is in the ring is still analysed; then `.ended` comes.
    public func stop() {
        capture.stop()
    }
}
