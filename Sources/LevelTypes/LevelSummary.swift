/// The levels of a stretch of audio of any length, in a form that can be added up: energies and
/// extremes relative to full scale, never averages of decibels.
///
/// Powers are squares of samples in [-1, 1); exposures are integrals of power over time, in
/// seconds. Leq = 10 lg(exposure / seconds) + K and LAE = 10 lg(exposure of A) + K (IEC
/// 61672-1:2013, 3.10 and 3.12), with K of a `LevelScale`.
public struct LevelSummary: Sendable, Hashable {
    /// Measured audio, in seconds. Missing audio is not included.
    public var seconds: Double
    /// Exposures with frequency weightings A, C and Z.
    public var exposureA: Double
    public var exposureC: Double
    public var exposureZ: Double
    /// The highest and lowest A-weighted power with time weightings F and S; `nil` where nothing
    /// was measured and, for the lowest, while the time weighting had not settled.
    public var fastMaximum: Double?
    public var fastMinimum: Double?
    public var slowMaximum: Double?
    public var slowMinimum: Double?
    /// The greatest C-weighted and unweighted amplitude between and on the samples.
    public var peakC: Double
    public var peakZ: Double
    /// The greatest amplitude of a sample.
    public var samplePeak: Double
    /// Exposures of the third-octave bands of `ThirdOctave.bands`, from the lowest up; the highest
    /// are missing if the sample rate is too low for them, and all where bands were not measured.
    public var bandExposures: [Double]
    /// The same for the octave bands of `Octave.bands`; empty where they are not kept.
    public var octaveExposures: [Double]
    /// Seconds of audio in which samples were clipped, the level was below the noise floor, or the
    /// samples did not change at all.
    public var overloadSeconds: Double
    public var underrangeSeconds: Double
    public var stuckSeconds: Double

    /// An empty summary.
    public init() {
        seconds = 0
        (exposureA, exposureC, exposureZ) = (0, 0, 0)
        (peakC, peakZ, samplePeak) = (0, 0, 0)
        (bandExposures, octaveExposures) = ([], [])
        (overloadSeconds, underrangeSeconds, stuckSeconds) = (0, 0, 0)
    }

    /// Adds another stretch. Only the bands that both have are kept, because a sum over part of the
    /// time would be too low. A stretch whose bands were not measured counts as if its bands were
    /// as loud as those of the other, so such a sum depends a little on the order of its parts.
    public mutating func merge(_ other: LevelSummary) {
        bandExposures = Self.sum((bandExposures, seconds), (other.bandExposures, other.seconds))
        octaveExposures = Self.sum(
            (octaveExposures, seconds), (other.octaveExposures, other.seconds))
        seconds += other.seconds
        exposureA += other.exposureA
        exposureC += other.exposureC
        exposureZ += other.exposureZ
        fastMaximum = Self.extreme(fastMaximum, other.fastMaximum, max)
        fastMinimum = Self.extreme(fastMinimum, other.fastMinimum, min)
        slowMaximum = Self.extreme(slowMaximum, other.slowMaximum, max)
        slowMinimum = Self.extreme(slowMinimum, other.slowMinimum, min)
        peakC = max(peakC, other.peakC)
        peakZ = max(peakZ, other.peakZ)
        samplePeak = max(samplePeak, other.samplePeak)
        overloadSeconds += other.overloadSeconds
        underrangeSeconds += other.underrangeSeconds
        stuckSeconds += other.stuckSeconds
    }

    /// The same stretch with all powers multiplied by `gain` and amplitudes by its root: this lets
    /// summaries with different scales be added.
    public func amplified(byDecibels gain: Double) -> LevelSummary {
        let power = Decibels.power(level: gain)
        let amplitude = power.squareRoot()
        var result = self
        result.exposureA *= power
        result.exposureC *= power
        result.exposureZ *= power
        result.fastMaximum = fastMaximum.map { $0 * power }
        result.fastMinimum = fastMinimum.map { $0 * power }
        result.slowMaximum = slowMaximum.map { $0 * power }
        result.slowMinimum = slowMinimum.map { $0 * power }
        result.peakC *= amplitude
        result.peakZ *= amplitude
        result.samplePeak *= amplitude
        result.bandExposures = bandExposures.map { $0 * power }
        result.octaveExposures = octaveExposures.map { $0 * power }
        return result
    }

    private static func sum(
        _ left: (exposures: [Double], seconds: Double),
        _ right: (exposures: [Double], seconds: Double)
    ) -> [Double] {
        guard left.seconds > 0 else { return right.exposures }
        guard right.seconds > 0 else { return left.exposures }
        if left.exposures.isEmpty { return extended(right.exposures, right.seconds, left.seconds) }
        if right.exposures.isEmpty { return extended(left.exposures, left.seconds, right.seconds) }
        return zip(left.exposures, right.exposures).map { $0 + $1 }
    }

    /// Those of `seconds` and of `more` after them that were as loud.
    private static func extended(
        _ exposures: [Double], _ seconds: Double, _ more: Double
    ) -> [Double] {
        exposures.map { $0 * (seconds + more) / seconds }
    }

    private static func extreme(
        _ left: Double?, _ right: Double?, _ choose: (Double, Double) -> Double
    ) -> Double? {
        guard let left, let right else { return left ?? right }
        return choose(left, right)
    }
}

// Levels in dB relative to the scale of the powers: without K. `nil` where nothing was measured,
// -infinity for digital silence.
extension LevelSummary {
    public var laeq: Double? { equivalentLevel(exposureA) }
    public var lceq: Double? { equivalentLevel(exposureC) }
    public var lzeq: Double? { equivalentLevel(exposureZ) }
    /// The sound exposure level.
    public var lae: Double? { seconds > 0 ? Decibels.level(power: exposureA) : nil }
    public var lafMaximum: Double? { fastMaximum.map { Decibels.level(power: $0) } }
    public var lafMinimum: Double? { fastMinimum.map { Decibels.level(power: $0) } }
    public var lasMaximum: Double? { slowMaximum.map { Decibels.level(power: $0) } }
    public var lasMinimum: Double? { slowMinimum.map { Decibels.level(power: $0) } }
    public var lcPeak: Double? { peakLevel(peakC) }
    public var lzPeak: Double? { peakLevel(peakZ) }
    public var samplePeakLevel: Double? { peakLevel(samplePeak) }
    /// Leq of each band that is there.
    public var thirdOctaveLevels: [Double] { bandLevels(bandExposures) }
    public var octaveLevels: [Double] { bandLevels(octaveExposures) }

    /// What is wrong with the audio, by flag name, and for how long.
    public var flaggedSeconds: [(flag: String, seconds: Double)] {
        [
            ("overload", overloadSeconds), ("underrange", underrangeSeconds),
            ("stuck", stuckSeconds),
        ]
    }

    private func bandLevels(_ exposures: [Double]) -> [Double] {
        seconds > 0 ? exposures.map { Decibels.level(power: $0 / seconds) } : []
    }

    private func equivalentLevel(_ exposure: Double) -> Double? {
        seconds > 0 ? Decibels.level(power: exposure / seconds) : nil
    }

    private func peakLevel(_ amplitude: Double) -> Double? {
        seconds > 0 ? Decibels.level(power: amplitude * amplitude) : nil
    }
}
