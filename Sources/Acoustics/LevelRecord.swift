/// The level of one second of audio.
///
/// Relative levels: 0 dB is an RMS of 1.0 in samples of [-1, 1). Without a calibration they say
/// nothing about sound pressure.
public struct LevelRecord: Sendable, Hashable {
    public var start: UTCTime
    /// Samples that were heard in the second.
    public var samples: Int
    /// The sum of the squared samples.
    public var energy: Double
    /// The largest absolute sample.
    public var peak: Double

    public init(start: UTCTime, samples: Int, energy: Double, peak: Double) {
        self.start = start
        self.samples = samples
        self.energy = energy
        self.peak = peak
    }

    /// The equivalent continuous level, in dB relative to an RMS of 1.0; `nil` without samples,
    /// -infinity for digital silence.
    public var leqDecibels: Double? {
        samples > 0 ? Decibels.level(power: energy / Double(samples)) : nil
    }
}
