internal import Glibc
internal import LevelTypes
public import Timekeeping

/// The measurement of an acoustic calibrator (IEC 60942): is the tone what it should be, and what
/// is the level of an RMS of 1.0?
///
/// The tone is fitted to each 100 ms by least squares, so that neither noise nor hum nor an offset
/// counts as part of the tone.
public struct CalibratorCheck: Sendable, Hashable {
    /// The tone may be off by this fraction of the expected frequency.
    public static let frequencyTolerance = 0.02
    /// The level of the tone may vary by this much, in dB.
    public static let acceptedSpread = 0.2
    /// What is left without the tone must be this far below it, in dB.
    public static let acceptedResidual = -20.0
    /// The lowest level, in dB re full scale. 94 dB give -26 dB in a microphone for 120 dB.
    public static let leastLevel = -60.0
    /// What is skipped until microphone and calibrator are still, in seconds.
    public static let skippedSeconds = 1.0
    /// What is needed after that, in seconds.
    public static let neededSeconds = 2.0

    /// The frequency of the calibrator, in Hz.
    public var frequencyHertz: Double
    /// The level of the calibrator, in dB re 20 µPa.
    public var level: Double
    /// What is added to its level for this microphone: the difference between pressure and free
    /// field, the volume of the microphone, the air pressure; in dB.
    public var correction: Double

    public init(frequencyHertz: Double, level: Double, correction: Double = 0) {
        self.frequencyHertz = frequencyHertz
        self.level = level
        self.correction = correction
    }

    /// Measures a recording of the calibrator, in [-1, 1).
    ///
    /// - Parameter response: that of the microphone, if it is to be corrected for; it matters at
    ///   250 Hz
    public func measure(
        _ samples: [Float], correcting response: MicrophoneResponse? = nil, sampleRate: SampleRate
    ) throws(CalibratorError) -> CalibratorMeasurement {
        let needed = Self.skippedSeconds + Self.neededSeconds
        guard samples.count >= sampleRate.samples(needed) else {
            throw .tooShort(seconds: sampleRate.seconds(Int64(samples.count)), needed: needed)
        }
        let skipped = sampleRate.samples(Self.skippedSeconds)
        try Self.checkSamples(samples, from: skipped, sampleRate)
        let corrected = response.map { Self.correct(samples, $0, sampleRate) } ?? samples
        let fit = ToneFit(corrected[skipped...], sampleRate: sampleRate)
        let measurement = CalibratorMeasurement(
            seconds: fit.seconds, frequencyHertz: fit.frequencyHertz,
            toneLevel: Decibels.level(power: fit.tonePower),
            residual: Decibels.level(power: fit.residualPower / fit.tonePower),
            spread: fit.spread,
            fullScaleDecibels: level + correction - Decibels.level(power: fit.tonePower))
        try check(measurement)
        return measurement
    }

    private static func correct(
        _ samples: [Float], _ response: MicrophoneResponse, _ sampleRate: SampleRate
    ) -> [Float] {
        let filter = CorrectionFilter(response: response, sampleRate: sampleRate)
        var corrected: [Float] = []
        corrected.reserveCapacity(samples.count)
        let take = { (block: Span<Float>, _: Span<Float>, _: Int64) in
            for index in block.indices { corrected.append(block[index]) }
        }
        filter.process(samples.span, position: 0, onBlock: take)
        filter.flush(take)
        return corrected
    }

    private func check(_ found: CalibratorMeasurement) throws(CalibratorError) {
        // Noise has a loudest frequency, too; it is more helpful to say that there is no tone than
        // where it is.
        guard found.residual <= Self.acceptedResidual else {
            throw .impure(residual: found.residual, accepted: Self.acceptedResidual)
        }
        let tolerance = Self.frequencyTolerance
        guard abs(found.frequencyHertz / frequencyHertz - 1) <= tolerance else {
            throw .wrongFrequency(
                measured: found.frequencyHertz, expected: frequencyHertz, tolerance: tolerance)
        }
        guard found.spread <= Self.acceptedSpread else {
            throw .unstable(spread: found.spread, accepted: Self.acceptedSpread)
        }
    }

    private static func checkSamples(
        _ samples: [Float], from start: Int, _ rate: SampleRate
    ) throws(CalibratorError) {
        if let index = samples.firstIndex(where: { !$0.isFinite }) {
            throw .notANumber(atSeconds: rate.seconds(Int64(index)))
        }
        let heard = samples[start...]
        let mean = heard.reduce(0.0) { $0 + Double($1) } / Double(heard.count)
        let power = heard.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let level = Decibels.level(power: power / Double(heard.count))
        guard level >= leastLevel else { throw .silent(level: level, needed: leastLevel) }
        let runs = fullScaleRuns(heard)
        if let first = runs.first {
            throw .clipped(runs: runs.count, atSeconds: rate.seconds(Int64(first)))
        }
    }

    /// Where two or more samples in a row are at full scale. 0.9999 is three steps of 16 bits below
    /// it.
    private static func fullScaleRuns(_ samples: ArraySlice<Float>) -> [Int] {
        var runs: [Int] = []
        var length = 0
        for (index, sample) in zip(samples.indices, samples) {
            length = sample.magnitude >= 0.9999 ? length + 1 : 0
            if length == 2 { runs.append(index - 1) }
        }
        return runs
    }
}
