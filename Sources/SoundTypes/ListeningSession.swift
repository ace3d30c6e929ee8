public import Timekeeping

/// One run of one source, from the moment it was opened to the moment it ended: the ledger of what
/// was listened to. Time outside all sessions, and inside a gap, is unknown, never silence.
///
/// A step of the wall clock ends a session and begins another, so its times agree with its counts.
public struct ListeningSession: Sendable, Hashable {
    public enum Status: String, Sendable, CaseIterable {
        /// The source is being listened to.
        case running
        /// The source was closed normally.
        case complete
        /// The monitor stopped unexpectedly.
        case interrupted
    }

    /// From `EventStore.nextSessionID()`.
    public var id: Int64
    public var source: String
    public var started: UTCTime
    /// The audio is known to have been heard until here; the last update while running.
    public var ended: UTCTime
    public var sampleRate: SampleRate
    /// Samples of one channel that reached the analysis.
    public var capturedSamples: Int64
    /// Samples of one channel known to be missing. The gaps say when and why.
    public var lostSamples: Int64
    /// The model that named the sounds: its name and checksum.
    public var model: String
    public var status: Status
    /// By how much the wall clock was set when this session took the place of another, in seconds;
    /// `nil` if it did not.
    public var clockStepSeconds: Double?
    /// How fast the clock of the device goes, in parts per million too fast, by the last ten
    /// minutes that were measured; `nil` before that, and of recordings.
    public var driftPPM: Double?

    public init(
        id: Int64, source: String, started: UTCTime, ended: UTCTime, sampleRate: SampleRate,
        capturedSamples: Int64, lostSamples: Int64, model: String, status: Status,
        clockStepSeconds: Double? = nil, driftPPM: Double? = nil
    ) {
        self.id = id
        self.source = source
        self.started = started
        self.ended = ended
        self.sampleRate = sampleRate
        self.capturedSamples = capturedSamples
        self.lostSamples = lostSamples
        self.model = model
        self.status = status
        self.clockStepSeconds = clockStepSeconds
        self.driftPPM = driftPPM
    }
}
