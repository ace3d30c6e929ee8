public import AlertTypes
public import LevelTypes
public import SoundTypes
public import Timekeeping

/// Something that the rules learn. All times are those of the audio: of the clock of its source.
public enum Observation: Sendable {
    /// A source begins to be listened to, at the start or again: whatever was open is over.
    case began(source: String, at: UTCTime)
    /// An event was announced, settled, went on, ended or was retracted.
    indirect case event(SoundEvent)
    /// A second was measured.
    indirect case level(source: String, LevelSecond)
    /// A minute was measured: LAF relative to full scale.
    case minute(source: String, start: UTCTime, LevelHistogram, LevelScale)
    /// The source was heard until then.
    case heard(source: String, until: UTCTime)
    /// The source could not be heard from `from` to `until`.
    case gap(source: String, from: UTCTime, until: UTCTime)
    /// From then on no sounds are looked for in what is heard, or they are again.
    case recognition(source: String, isOn: Bool, at: UTCTime)
    /// The wall clock was set; the times of the source follow it.
    case clockStepped(source: String, seconds: Double)
    /// No more comes from the source.
    case ended(source: String)
    /// The wall clock says this, and so many seconds have passed since it was last asked; without
    /// audio, nothing else does.
    case tick(at: UTCTime, elapsed: Double)
    /// This share of the disk is free, 0 to 1.
    case disk(freeShare: Double)
    /// The last calibration of a source found it to read this much too high, in dB.
    case calibration(source: String, drift: Double)
    /// All silences that there are from now on.
    case silences([Silence])
    /// The owner knows of an alert.
    case acknowledged(alert: Int64, at: UTCTime, comment: String)

    /// The source whose audio says it; `nil` if none does.
    var audioSource: String? {
        switch self {
        case .began(let source, _), .level(let source, _), .minute(let source, _, _, _),
            .heard(let source, _), .gap(let source, _, _), .ended(let source),
            .recognition(let source, _, _):
            source
        case .event(let event): event.source
        case .clockStepped, .calibration, .tick, .disk, .silences, .acknowledged: nil
        }
    }
}

/// What rules need to know of a second of levels; relative to full scale.
public struct LevelSecond: Sendable {
    /// A whole second.
    public var start: UTCTime
    /// Measured audio in it, in seconds; less than 1 if some is missing.
    public var seconds: Double
    public var exposureA: Double
    public var exposureC: Double
    public var exposureZ: Double
    public var fastMaximum: Double
    public var peakC: Double
    /// Of the third-octave bands; may be empty.
    public var bandExposures: [Double]
    public var isClipped: Bool
    /// No sample of it differed from the others.
    public var isStuck: Bool
    public var scale: LevelScale

    public init(
        start: UTCTime, seconds: Double, exposureA: Double, exposureC: Double = 0,
        exposureZ: Double = 0, fastMaximum: Double = 0, peakC: Double = 0,
        bandExposures: [Double] = [], isClipped: Bool = false, isStuck: Bool = false,
        scale: LevelScale
    ) {
        self.start = start
        self.seconds = seconds
        self.exposureA = exposureA
        self.exposureC = exposureC
        self.exposureZ = exposureZ
        self.fastMaximum = fastMaximum
        self.peakC = peakC
        self.bandExposures = bandExposures
        self.isClipped = isClipped
        self.isStuck = isStuck
        self.scale = scale
    }

    /// The same second, as if nothing had been measured in it.
    var unmeasured: LevelSecond {
        LevelSecond(start: start, seconds: 0, exposureA: 0, scale: scale)
    }

    public init(_ record: LevelRecord) {
        let summary = record.summary
        self.init(
            start: record.start, seconds: summary.seconds, exposureA: summary.exposureA,
            exposureC: summary.exposureC, exposureZ: summary.exposureZ,
            fastMaximum: summary.fastMaximum ?? 0, peakC: summary.peakC,
            bandExposures: summary.bandExposures, isClipped: summary.overloadSeconds > 0,
            isStuck: summary.seconds > 0 && summary.stuckSeconds >= summary.seconds,
            scale: record.scale)
    }
}
