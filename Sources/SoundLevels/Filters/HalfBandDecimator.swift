internal import Glibc

/// Halves the sample rate: an elliptic half-band low-pass made of two branches of all-pass sections
/// (Valenzuela and Constantinides, "Digital signal processing schemes for efficient interpolation
/// and decimation", 1983), then every second sample.
///
/// It passes everything up to 0.125 of the input rate; from 0.375 upwards, which would fold onto
/// that, it attenuates by 116 dB.
struct HalfBandDecimator: Sendable {
    private static let transition = 0.25
    private static let pairs = 2

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

    private var first: Section
    private var second: Section
    /// The sample whose partner has not arrived yet.
    private var waiting: Double?

    init() {
        let values = Self.coefficients()
        first = Section(coefficient: Pair(values[0], values[1]))
        second = Section(coefficient: Pair(values[2], values[3]))
    }

    /// Replaces the first `count` samples of `samples` with half as many, give or take one. Returns
    /// their number.
    mutating func process(_ samples: inout [Double], count: Int) -> Int {
        var work = (first, second)
        var span = samples.mutableSpan
        var (read, written) = (0, 0)
        if let early = waiting, count > 0 {
            span[0] = Self.next(&work, early, span[0])
            (read, written) = (1, 1)
        }
        // Writing never overtakes reading: a sample is written after two were read.
        while read + 1 < count {
            span[written] = Self.next(&work, span[read], span[read + 1])
            read += 2
            written += 1
        }
        waiting = read < count ? span[read] : (count == 0 ? waiting : nil)
        (first, second) = work
        return written
    }

    mutating func reset() {
        waiting = nil
        first.reset()
        second.reset()
    }

    mutating func dropVanishing() {
        first.dropVanishing()
        second.dropVanishing()
    }

    @inline(__always)
    private static func next(
        _ sections: inout (Section, Section), _ early: Double, _ late: Double
    ) -> Double {
        let branches = sections.1.next(sections.0.next(Pair(late, early)))
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
