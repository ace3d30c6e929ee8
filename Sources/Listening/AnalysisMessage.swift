public import Capture
public import LevelTypes
public import SoundTypes
public import Timekeeping

/// What the analysis of a source has to say, in the order in which it happened.
///
/// The order is exact to the sample: what was heard before a gap or a step of the clock is reported
/// before it. So the ledger of what was listened to is made from messages alone (`SessionLedger`),
/// however late they arrive.
public enum AnalysisMessage: Sendable {
    /// The source is listened to: the first message of all. Its first sample, heard or lost, was
    /// captured at `since`.
    case began(source: String, since: UTCTime, sampleRate: SampleRate)
    /// The first audio has come; it was captured at `since`. A live source may have been refused
    /// the priority that keeps load on the machine from delaying it.
    case listening(source: String, since: UTCTime, sampleRate: SampleRate, lacksPriority: Bool)
    /// An event began, grew, ended or was retracted.
    case event(SoundEvent)
    /// What the network saw of an event, once for each event, some seconds after its onset.
    case picture(source: String, EventPicture)
    /// A second of the wall clock has been measured.
    case level(source: String, LevelRecord)
    /// The highest scores in a second of the wall clock, some seconds later.
    case scores(SecondScores)
    /// This many more samples were heard, about a second of them; the last one is at `until`.
    case heard(source: String, samples: Int, until: UTCTime)
    /// Audio is missing, or a part of its analysis. A gap that goes on is reported again, grown by
    /// `newlyLost` samples, with the same start and cause.
    case gap(AudioGap, newlyLost: Int64)
    /// From `at` on, more of the analysis is left out, or less: the machine does not keep up, or
    /// does again. Gaps say for how long.
    case effort(source: String, AnalysisEffort, at: UTCTime)
    /// The wall clock was set; times of later events follow it. `at` is the new time.
    case clockStepped(source: String, seconds: Double, at: UTCTime)
    /// The clock of the device goes this much too fast, by the last ten minutes.
    case drift(source: String, partsPerMillion: Double)
    /// Nothing more will come from this source; it was heard until `at`, if at all. `failure` says
    /// why it ended, if not normally.
    case ended(source: String, at: UTCTime?, failure: CaptureError?)

    /// The source that the message is about.
    public var source: String {
        switch self {
        case .began(let source, _, _), .listening(let source, _, _, _), .picture(let source, _),
            .level(let source, _), .heard(let source, _, _), .clockStepped(let source, _, _),
            .effort(let source, _, _), .drift(let source, _), .ended(let source, _, _):
            source
        case .event(let event): event.source
        case .scores(let scores): scores.source
        case .gap(let gap, _): gap.source
        }
    }
}
