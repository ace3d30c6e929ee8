internal import Glibc

/// Halves the sample rate: an elliptic half-band low-pass made of two branches of all-pass sections
/// (Valenzuela and Constantinides, "Digital signal processing schemes for efficient interpolation
/// and decimation", 1983), then every second sample.
///
/// Up to 0.24 of the rate that goes in it passes everything; from 0.26 on, which is what would fold
/// onto that, it stops by more than 100 dB.
struct HalfBandDecimator: Sendable {
    private static let transition = 0.02
    private static let pairs = 6

    private typealias Pair = SIMD2<Double>

    /// A section of both branches: y[n] = x[n − 1] + c (x[n] − y[n − 1]) at the lower rate.
    private struct Section: Sendable, BitwiseCopyable {
        let coefficient: Pair
        var input = Pair.zero
        var output = Pair.zero

        @inline(__always)
        mutating func next(_ value: Pair) -> Pair {
            output = input + coefficient * (value - output)
            input = value
            return output
        }

        mutating func reset() {
            (input, output) = (.zero, .zero)
        }

        mutating func dropVanishing() {
            if (input * input + output * output).sum() < vanishing { reset() }
        }
    }

    /// The sections of both branches, one after another.
    private struct Cascade: Sendable, BitwiseCopyable {
        var first: Section
        var second: Section
        var third: Section
        var fourth: Section
        var fifth: Section
        var sixth: Section

        @inline(__always)
        mutating func next(_ value: Pair) -> Pair {
            let middle = third.next(second.next(first.next(value)))
            return sixth.next(fifth.next(fourth.next(middle)))
        }
    }

    private var cascade: Cascade
    /// The sample whose partner has not come yet.
    private var waiting: Double?

    init() {
        let values = Self.coefficients()
        let sections = (0..<Self.pairs).map {
            Section(coefficient: [values[2 * $0], values[2 * $0 + 1]])
        }
        cascade = Cascade(
            first: sections[0], second: sections[1], third: sections[2], fourth: sections[3],
            fifth: sections[4], sixth: sections[5])
    }

    /// Replaces the first `count` samples of `samples` by half as many, give or take one. Returns
    /// their number.
    mutating func process(_ samples: inout [Double], count: Int) -> Int {
        var work = cascade
        var span = samples.mutableSpan
        var (read, written) = (0, 0)
        if let first = waiting, count > 0 {
            let second = span[0]
            span[0] = Self.next(&work, first, second)
            (read, written) = (1, 1)
        }
        // Never overtakes: a sample is written after two were read.
        while read + 1 < count {
            span[written] = Self.next(&work, span[read], span[read + 1])
            read += 2
            written += 1
        }
        waiting = read < count ? span[read] : (count == 0 ? waiting : nil)
        cascade = work
        return written
    }

    mutating func reset() {
        waiting = nil
        cascade.first.reset()
        cascade.second.reset()
        cascade.third.reset()
        cascade.fourth.reset()
        cascade.fifth.reset()
        cascade.sixth.reset()
    }

    mutating func dropVanishing() {
        cascade.first.dropVanishing()
        cascade.second.dropVanishing()
        cascade.third.dropVanishing()
        cascade.fourth.dropVanishing()
        cascade.fifth.dropVanishing()
        cascade.sixth.dropVanishing()
    }

    @inline(__always)
    private static func next(_ cascade: inout Cascade, _ first: Double, _ second: Double) -> Double
    {
        let branches = cascade.next(Pair(second, first))
        return 0.5 * (branches[0] + branches[1])
    }

    /// The all-pass coefficients, ascending, from the theta series of the elliptic filter with the
    /// selectivity k = tan²((1 − 2 · transition) π / 4).
    private static func coefficients() -> [Double] {
        let tangent = tan((1 - 2 * transition) * .pi / 4)
        let k = tangent * tangent
        let root = pow(1 - k * k, 0.25)
        let e = 0.5 * (1 - root) / (1 + root)
        let q = e + 2 * pow(e, 5) + 15 * pow(e, 9) + 150 * pow(e, 13)
        let order = Double(4 * pairs + 1)
        return (1...(2 * pairs)).map { index in
            let angle = Double(index) * .pi / order
            let numerator = (0..<8).reduce(0.0) { sum, i in
                let sign = i % 2 == 0 ? 1.0 : -1
                return sum + sign * pow(q, Double(i * (i + 1))) * sin(Double(2 * i + 1) * angle)
            }
            let denominator = (1..<8).reduce(0.5) { sum, i in
                let sign = i % 2 == 0 ? 1.0 : -1
                return sum + sign * pow(q, Double(i * i)) * cos(Double(2 * i) * angle)
            }
            let ratio = numerator * pow(q, 0.25) / denominator
            let square = ratio * ratio
            let x = ((1 - square * k) * (1 - square / k)).squareRoot() / (1 + square)
            return (1 - x) / (1 + x)
        }
    }
}
