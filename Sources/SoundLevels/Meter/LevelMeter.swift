public import LevelTypes
public import Timekeeping

/// A sound level meter: everything that is known about the level of a stream of samples, interval
/// by interval. The caller determines the length of an interval by calling `read`.
///
/// Frequency weightings A, C, Z; time weightings F and S of A; equivalent levels, exposures and
/// extremes (IEC 61672-1:2013); C and Z peak between the samples; third-octave and octave bands
/// (IEC 61260-1:2014); a histogram of LAF; marks for clipped, too quiet and dead signals.
/// Everything is in double precision except the interpolation of peaks. Filters start from zero
/// state. Z is the signal as it is, including any constant offset.
///
/// One instance belongs to one thread. Nothing is allocated by `process`.
public struct LevelMeter: Sendable {
    /// The accepted rates, in hertz.
    public static let sampleRates: [Int] = WeightingDesign.table.keys.sorted()
    /// How many times a second LAF is sampled for the histogram and an interval is delivered.
    public static let intervalsPerSecond = 100

    /// What has been measured since the last reading.
    public struct Reading: Sendable, Hashable {
        /// 1 or more.
        public var samples: Int
        /// Relative to full scale.
        public var summary: LevelSummary
        public var histogram: LevelHistogram
        /// A-weighted power with F and S after the last sample.
        public var fastEnd: Double
        public var slowEnd: Double
    }

    /// Whether the levels of bands are measured, which is half of the work. A reading has those of
    /// all its samples, or none.
    public var measuresBands = true {
        didSet { if measuresBands, !oldValue { bank.reset() } }
    }

    private let sampleRate: SampleRate
    private let noiseFloor: Double
    private var weighted: WeightedPower
    private var peakC: PeakInterpolator
    private var peakZ: PeakInterpolator
    private var bank: OctaveBank
    private var overload = OverloadDetector()
    private var counts: HistogramCounts
    private var samples = 0
    private var bandSamples = 0
    private var totals = WeightedPower.Totals()

    private var interval: [Float]  // the samples of an interval waiting to be measured
    private var intervalFill = 0
    private var intervalLength = 0
    /// What a hundredth of the rate left over when it was rounded down to the length, in hundredths
    /// of a sample.
    private var intervalRest = 0
    /// Samples of the interval that have been measured already, because a reading cut it.
    private var intervalMeasured = 0
    private var intervalTotals = WeightedPower.Totals()
    private var weightedC: [Float]

    /// - Parameter noiseFloor: the level below which the microphone hears mainly itself, in dB
    ///   relative to full scale; without one, only the absence of any signal counts as under-range
    /// - Throws: `unsupportedRate` for rates other than `sampleRates`
    public init(
        sampleRate: SampleRate, noiseFloor: Double = -.infinity
    ) throws(SoundLevelsError) {
        weighted = try WeightedPower(rate: sampleRate)
        self.sampleRate = sampleRate
        self.noiseFloor = noiseFloor
        let longest = sampleRate.hertz / Self.intervalsPerSecond + 1
        peakC = PeakInterpolator(blockSize: longest)
        peakZ = PeakInterpolator(blockSize: longest)
        bank = OctaveBank(rate: sampleRate, blockSize: longest)
        counts = HistogramCounts()
        interval = Array(repeating: 0, count: longest)
        weightedC = Array(repeating: 0, count: longest)
        beginInterval()
    }

    /// Takes samples, the first of them at `position`, and delivers the intervals that they
    /// complete.
    ///
    /// - Parameter captured: the same samples as captured, if `input` was corrected: they show what
    ///   was clipped
    public mutating func process(
        _ input: Span<Float>, captured: Span<Float>, position: Int64,
        onInterval: (LevelInterval) -> Void
    ) {
        overload.process(captured)
        var taken = 0
        while taken < input.count {
            let room = intervalLength - intervalMeasured - intervalFill
            let count = min(room, input.count - taken)
            for index in 0..<count { interval[intervalFill + index] = input[taken + index] }
            intervalFill += count
            taken += count
            if count == room {
                measureWaiting()
                onInterval(endInterval(at: position + Int64(taken)))
            }
        }
    }

    /// Everything since the last reading; `nil` if there were no samples. Begins a new interval.
    public mutating func read() -> Reading? {
        measureWaiting()
        guard samples > 0 else { return nil }
        let reading = Reading(
            samples: samples, summary: summary(), histogram: counts.take(),
            fastEnd: weighted.fast, slowEnd: weighted.slow)
        (samples, bandSamples) = (0, 0)
        totals = WeightedPower.Totals()
        weighted.dropVanishing()
        overload.beginInterval()
        (peakC.peak, peakZ.peak) = (0, 0)
        return reading
    }

    /// What `read` returns. Nothing adjoins the samples so far: the next one is the first of a new
    /// stream.
    public mutating func endStream() -> Reading? {
        let reading = read()
        weighted.reset()
        peakC.reset()
        peakZ.reset()
        bank.reset()
        overload.reset()
        intervalRest = 0
        beginInterval()
        return reading
    }

    // MARK: One interval

    /// Measures the waiting samples of the interval: all of it, or what there is when a reading
    /// cuts it.
    private mutating func measureWaiting() {
        guard intervalFill > 0 else { return }
        let interval = interval
        let block = interval.span.extracting(0..<intervalFill)
        let piece = weighted.process(block, weightedC: &weightedC)
        let blockC = weightedC
        peakC.process(blockC.span.extracting(0..<intervalFill))
        peakZ.process(block)
        if measuresBands {
            bank.process(block)
            bandSamples += intervalFill
        }
        totals.add(piece)
        intervalTotals.add(piece)
        samples += intervalFill
        intervalMeasured += intervalFill
        intervalFill = 0
    }

    private mutating func endInterval(at end: Int64) -> LevelInterval {
        let result = LevelInterval(
            end: end, samples: intervalMeasured, energyA: intervalTotals.energyA,
            fast: weighted.fast, fastMaximum: intervalTotals.fastMaximum,
            isSettled: weighted.isFastSettled)
        if weighted.isFastSettled { counts.add(weighted.fast) }
        beginInterval()
        return result
    }

    /// Where a hundredth of the rate is no whole number of samples, some intervals are a sample
    /// longer than others: every second has a hundred of them.
    private mutating func beginInterval() {
        (intervalLength, intervalRest) = (sampleRate.hertz + intervalRest)
            .quotientAndRemainder(dividingBy: Self.intervalsPerSecond)
        intervalMeasured = 0
        intervalTotals = WeightedPower.Totals()
    }

    private mutating func summary() -> LevelSummary {
        let perSecond = 1 / Double(sampleRate.hertz)
        var summary = LevelSummary()
        let seconds = sampleRate.seconds(Int64(samples))
        summary.seconds = seconds
        summary.exposureA = totals.energyA * perSecond
        summary.exposureC = totals.energyC * perSecond
        summary.exposureZ = totals.energyZ * perSecond
        summary.fastMaximum = totals.fastMaximum
        summary.fastMinimum = totals.fastMinimum.isFinite ? totals.fastMinimum : nil
        summary.slowMaximum = totals.slowMaximum
        summary.slowMinimum = totals.slowMinimum.isFinite ? totals.slowMinimum : nil
        summary.peakC = Double(peakC.peak)
        summary.peakZ = Double(peakZ.peak)
        summary.samplePeak = Double(overload.peak)
        let bands = bank.takePowers()
        if bandSamples == samples {
            summary.bandExposures = bands.thirdOctaves.map { $0 * seconds }
            summary.octaveExposures = bands.octaves.map { $0 * seconds }
        }
        if overload.isOverloaded { summary.overloadSeconds = seconds }
        if (summary.laeq ?? 0) <= noiseFloor { summary.underrangeSeconds = seconds }
        if overload.isStuck { summary.stuckSeconds = seconds }
        return summary
    }
}
