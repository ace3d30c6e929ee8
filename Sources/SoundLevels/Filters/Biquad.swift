/// The coefficients of a second-order section,
/// H(z) = (b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²).
struct Biquad: Sendable, Hashable {
    var b0: Double
    var b1: Double
    var b2: Double
    var a1: Double
    var a2: Double
}

/// A second-order section at work, transposed direct form II.
struct BiquadSection: Sendable, BitwiseCopyable {
    private let b0: Double
    private let b1: Double
    private let b2: Double
    private let a1: Double
    private let a2: Double
    private var state1 = 0.0
    private var state2 = 0.0

    init(_ biquad: Biquad) {
        (b0, b1, b2) = (biquad.b0, biquad.b1, biquad.b2)
        (a1, a2) = (biquad.a1, biquad.a2)
    }

    @inline(__always)
    mutating func next(_ input: Double) -> Double {
        let output = b0 * input + state1
        state1 = b1 * input - a1 * output + state2
        state2 = b2 * input - a2 * output
        return output
    }

    mutating func reset() {
        (state1, state2) = (0, 0)
    }

    mutating func dropVanishing() {
        if abs(state1) < vanishing, abs(state2) < vanishing { reset() }
    }
}

/// Smaller states, some 2000 dB below full scale, are set to zero. They would decay for ever, and
/// arithmetic with subnormal numbers is slow.
let vanishing = 1e-100
