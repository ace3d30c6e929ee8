public import LevelTypes
internal import Timekeeping

/// The levels of a whole recording, relative to full scale.
public struct RecordingLevels: Sendable {
    /// What turns them into sound pressure levels.
    public let scale: LevelScale
    /// The whole recording.
    public private(set) var summary = LevelSummary()
    public private(set) var histogram = LevelHistogram()
    /// A-weighted power with time weightings F and S at the last sample.
    public private(set) var fastEnd = 0.0
    public private(set) var slowEnd = 0.0
    /// The complete seconds, from the beginning: equivalent A-, C- and Z-weighted levels and
    /// LAFmax, in dB on the scale.
    public private(set) var laeq: [Double] = []
    public private(set) var lceq: [Double] = []
    public private(set) var lzeq: [Double] = []
    public private(set) var lafMaximum: [Double] = []

    public init(scale: LevelScale) {
        self.scale = scale
    }

    /// Adds the next second.
    public mutating func add(_ record: LevelRecord) {
        summary.merge(record.summary)
        histogram.merge(record.histogram)
        (fastEnd, slowEnd) = (record.fastEnd, record.slowEnd)
        guard record.samples == record.sampleRate.hertz else { return }
        let second = record.summary
        laeq.append(scale.level(power: second.exposureA))
        lceq.append(scale.level(power: second.exposureC))
        lzeq.append(scale.level(power: second.exposureZ))
        lafMaximum.append(scale.level(power: second.fastMaximum ?? 0))
    }
}
