internal import Glibc
public import Timekeeping

/// The A- and C-weighted signal of a stream and its time-weighted level, sample by sample.
///
/// The time weightings are exponential averages of the squared A-weighted signal with time
/// constants 0.125 s (F) and 1 s (S), IEC 61672-1:2013, 5.8.
public struct WeightedPower: Sendable {
    static let fastSeconds = 0.125
    static let slowSeconds = 1.0
    /// A time weighting that started from zero counts as settled after this many time constants: by
    /// then it is 0.03 dB too low.
    static let settlingTimeConstants = 5.0

    /// What a number of samples amount to: sums of squares, and the extremes of the averages. A
    /// minimum is infinite while its average has not settled.
    public struct Totals: Sendable, BitwiseCopyable {
        public var energyA = 0.0
        public var energyC = 0.0
        public var energyZ = 0.0
        public var fastMaximum = -Double.infinity
        public var fastMinimum = Double.infinity
        public var slowMaximum = -Double.infinity
        public var slowMinimum = Double.infinity

        mutating func add(_ other: Totals) {
            energyA += other.energyA
            energyC += other.energyC
            energyZ += other.energyZ
            fastMaximum = max(fastMaximum, other.fastMaximum)
            fastMinimum = min(fastMinimum, other.fastMinimum)
            slowMaximum = max(slowMaximum, other.slowMaximum)
            slowMinimum = min(slowMinimum, other.slowMinimum)
        }
    }

    /// The filters and time weightings as they are after the last sample.
    private struct Chain: Sendable, BitwiseCopyable {
        var c1: BiquadSection
        var c2: BiquadSection
        var c3: BiquadSection
        var a1: BiquadSection
        var a2: BiquadSection
        var fast = 0.0
        var slow = 0.0
    }

    private var chain: Chain
    private let fastCoefficient: Double
    private let slowCoefficient: Double
    private let fastSettling: Int
    private let slowSettling: Int
    /// Samples since the stream began, as far as it matters.
    private var age = 0

    /// - Throws: `unsupportedRate` for rates other than `LevelMeter.sampleRates`
    public init(rate: SampleRate) throws(SoundLevelsError) {
        guard let design = WeightingDesign.table[rate.hertz] else { throw .unsupportedRate(rate) }
        chain = Chain(
            c1: BiquadSection(design.c[0]), c2: BiquadSection(design.c[1]),
            c3: BiquadSection(design.c[2]), a1: BiquadSection(design.aAfterC[0]),
            a2: BiquadSection(design.aAfterC[1]))
        fastCoefficient = 1 - exp(-1 / (Double(rate.hertz) * Self.fastSeconds))
        slowCoefficient = 1 - exp(-1 / (Double(rate.hertz) * Self.slowSeconds))
        fastSettling = rate.samples(Self.fastSeconds * Self.settlingTimeConstants)
        slowSettling = rate.samples(Self.slowSeconds * Self.settlingTimeConstants)
    }

    /// The time-weighted A-weighted power after the last sample.
    var fast: Double { chain.fast }
    var slow: Double { chain.slow }
    var isFastSettled: Bool { age >= fastSettling }

    /// Takes samples and writes the C-weighted ones to `weightedC`, which has as many places.
    public mutating func process(_ samples: Span<Float>, weightedC: inout [Float]) -> Totals {
        var totals = Self.run(
            samples, &weightedC, &chain, fast: fastCoefficient, slow: slowCoefficient)
        // The minima of an average that started from zero say nothing.
        if age < fastSettling { totals.fastMinimum = .infinity }
        if age < slowSettling { totals.slowMinimum = .infinity }
        age = min(age + samples.count, slowSettling)
        return totals
    }

    /// Zeroes what would decay towards zero for ever, before arithmetic with it becomes slow.
    mutating func dropVanishing() {
        chain.c1.dropVanishing()
        chain.c2.dropVanishing()
        chain.c3.dropVanishing()
        chain.a1.dropVanishing()
        chain.a2.dropVanishing()
        if chain.fast < vanishing { chain.fast = 0 }
        if chain.slow < vanishing { chain.slow = 0 }
    }

    /// What follows does not adjoin what was heard: the filters start from zero state.
    mutating func reset() {
        chain.c1.reset()
        chain.c2.reset()
        chain.c3.reset()
        chain.a1.reset()
        chain.a2.reset()
        (chain.fast, chain.slow) = (0, 0)
        age = 0
    }

    private static func run(
        _ samples: Span<Float>, _ weightedC: inout [Float], _ chain: inout Chain,
        fast fastCoefficient: Double, slow slowCoefficient: Double
    ) -> Totals {
        precondition(weightedC.count >= samples.count)
        var (work, sums) = (chain, Totals())
        var output = weightedC.mutableSpan
        for index in samples.indices {
            let z = Double(samples[index])
            let c = work.c3.next(work.c2.next(work.c1.next(z)))
            let a = work.a2.next(work.a1.next(c))
            output[index] = Float(c)
            let power = a * a
            work.fast += fastCoefficient * (power - work.fast)
            work.slow += slowCoefficient * (power - work.slow)
            sums.energyA += power
            sums.energyC += c * c
            sums.energyZ += z * z
            sums.fastMaximum = max(sums.fastMaximum, work.fast)
            sums.fastMinimum = min(sums.fastMinimum, work.fast)
            sums.slowMaximum = max(sums.slowMaximum, work.slow)
            sums.slowMinimum = min(sums.slowMinimum, work.slow)
        }
        chain = work
        return sums
    }
}
