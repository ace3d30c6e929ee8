public import SoundTypes

/// How much an analysis does. A machine that does not keep up with a live source leaves out more
/// and more; capturing and plain levels are the last to go, when the ring is full.
public enum AnalysisEffort: Sendable, Hashable, CaseIterable {
    /// Everything.
    case full
    /// No sounds are looked for: neither spectrogram nor network runs.
    case withoutSounds
    /// Nor are levels of bands measured.
    case plainLevels

    /// As the end of a sentence.
    public var sentence: String {
        switch self {
        case .full: "everything is analysed again"
        case .withoutSounds: "sounds are not looked for: the machine does not keep up"
        case .plainLevels: "neither sounds nor bands are measured: the machine does not keep up"
        }
    }

    /// What is missing then.
    public var omits: [GapCause] {
        switch self {
        case .full: []
        case .withoutSounds: [.unrecognised]
        case .plainLevels: [.unrecognised, .withoutBands]
        }
    }
}
