public import LevelTypes
public import SoundTypes
public import Timekeeping

/// What the analysis of a source has to say.
public enum AnalysisMessage: Sendable {
    /// The first audio has come; it was captured at `since`.
    case listening(source: String, since: UTCTime)
    /// An event began, grew or ended.
    case event(SoundEvent)
    /// What the network saw of an event, once for each event, some seconds behind its onset.
    case picture(source: String, EventPicture)
    /// A second of the wall clock has been measured.
    case level(source: String, LevelRecord)
    /// So many samples more were heard, about a second of them; the last one lies at `until`.
    case heard(source: String, samples: Int, until: UTCTime)
    /// Audio is missing. A gap that goes on comes again, grown, with the same start and cause.
    case gap(AudioGap)
    /// The wall clock was set; times of later events follow it. `at` is the new time.
    case clockStepped(source: String, seconds: Double, at: UTCTime)
    /// Nothing more will come from this source; it was heard until `at`, if at all.
    case ended(source: String, at: UTCTime?)

    /// The source that it is about.
    public var source: String {
        switch self {
        case .listening(let source, _), .picture(let source, _), .level(let source, _),
            .heard(let source, _, _), .clockStepped(let source, _, _), .ended(let source, _):
            source
        case .event(let event): event.source
        case .gap(let gap): gap.source
        }
    }
}
