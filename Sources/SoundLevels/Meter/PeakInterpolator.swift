internal import Glibc

/// The greatest amplitude of a band-limited signal, at its samples and at three points between each
/// pair of them.
///
/// The points between are those of a windowed sinc of 16 samples (Kaiser, beta 8), so a peak is
/// found up to 8 samples after it occurred. Four points per sample see the peak of a sine of
/// frequency f at sample rate r too low by -20 lg cos(π f / 4r) at worst: 0.07 dB at a sixth of the
/// rate, 0.44 dB at 0.4 of it. Near half the rate the peak of a short sound can be missed.
///
/// Where a stream begins and ends, nobody knows what came before or after, and assuming silence
/// would make a peak out of a jump that never was. So within 8 samples of either end only the
/// samples count.
public struct PeakInterpolator: Sendable {
    static let taps = 16
    private static let pairs = taps / 2

    /// The greatest amplitude since it was last set to 0.
    public var peak: Float = 0
    /// For the point in the middle, and for the points on either side of it, each of which has the
    /// taps of the other in reverse: half the sum and half the difference of the two.
    private let coefficients: [Float]  // [3 * pairs]
    private var line: [Float]  // taps - 1 samples from before, then the block
    /// Samples of the line, from its beginning, that were never heard.
    private var unheard = history
    private static let history = taps - 1

    /// - Parameter blockSize: the most samples given at once
    public init(blockSize: Int) {
        let middle = Self.sinc(shift: 0.5)
        let quarter = Self.sinc(shift: 0.25)
        let sides = zip(quarter, quarter.reversed()).prefix(Self.pairs)
        coefficients =
            middle.prefix(Self.pairs) + sides.map { ($0 + $1) / 2 } + sides.map { ($0 - $1) / 2 }
        // Padded to a multiple of the vector below.
        line = Array(repeating: 0, count: Self.history + blockSize + Vector.scalarCount)
    }

    private typealias Vector = SIMD8<Float>

    /// Takes samples, at most `blockSize`.
    public mutating func process(_ samples: Span<Float>) {
        let history = Self.history
        precondition(history + samples.count + Vector.scalarCount <= line.count)
        for index in samples.indices { line[history + index] = samples[index] }
        let first = min(unheard, samples.count)
        for index in 0..<first { peak = max(peak, abs(samples[index])) }
        let known = Self.greatest(
            line.span.extracting(droppingFirst: first), samples.count - first, coefficients.span)
        peak = max(peak, known)
        for index in 0..<history { line[index] = line[samples.count + index] }
        unheard -= first
    }

    /// Forgets all samples, and the peak.
    public mutating func reset() {
        unheard = Self.history
        peak = 0
    }

    /// The greatest amplitude among `count` samples and the points before each.
    private static func greatest(
        _ line: Span<Float>, _ count: Int, _ coefficients: Span<Float>
    ) -> Float {
        var greatest = Vector.zero
        var start = 0
        while start < count {
            let valid = count - start
            let samples = vector(line, start + taps - 1)
            greatest.take(magnitude(samples), valid)
            var (middle, even, odd) = (Vector.zero, Vector.zero, Vector.zero)
            for tap in 0..<pairs {
                let before = vector(line, start + tap)
                let after = vector(line, start + taps - 1 - tap)
                let sum = before + after
                middle += sum * coefficients[tap]
                even += sum * coefficients[pairs + tap]
                odd += (before - after) * coefficients[2 * pairs + tap]
            }
            greatest.take(magnitude(middle), valid)
            // The greater of |even + odd| and |even - odd|.
            greatest.take(magnitude(even) + magnitude(odd), valid)
            start += Vector.scalarCount
        }
        return greatest.max()
    }

    @inline(__always)
    private static func vector(_ line: Span<Float>, _ start: Int) -> Vector {
        // SAFETY: any bits are a valid vector of numbers, and the bounds of the span are checked.
        unsafe line.bytes.unsafeLoadUnaligned(
            fromByteOffset: start * MemoryLayout<Float>.stride, as: Vector.self)
    }

    @inline(__always)
    private static func magnitude(_ values: Vector) -> Vector {
        values.replacing(with: -values, where: values .< 0)
    }

    /// The taps for a point `shift` of a sample after the middle, with a sum of 1.
    private static func sinc(shift: Double) -> [Float] {
        let half = Double(taps / 2)
        let values = (0..<taps).map { tap in
            let distance = Double(tap) - (half - 1) - shift
            let inside = max(0, 1 - (distance / half) * (distance / half))
            let sinc = distance == 0 ? 1 : sin(.pi * distance) / (.pi * distance)
            return sinc * j0Modified(8 * inside.squareRoot())
        }
        let sum = values.reduce(0, +)
        return values.map { Float($0 / sum) }
    }

    /// The modified Bessel function of the first kind of order 0 (power series).
    private static func j0Modified(_ x: Double) -> Double {
        var (sum, term, order) = (1.0, 1.0, 1.0)
        while term > sum * 1e-17 {
            term *= (x / 2) * (x / 2) / (order * order)
            sum += term
            order += 1
        }
        return sum
    }
}

extension SIMD8<Float> {
    /// Takes the greater of each element, as far as the first `count` elements go.
    @inline(__always)
    fileprivate mutating func take(_ other: Self, _ count: Int) {
        if count >= scalarCount {
            replace(with: other, where: other .> self)
        } else {
            for index in 0..<count { self[index] = Swift.max(self[index], other[index]) }
        }
    }
}
