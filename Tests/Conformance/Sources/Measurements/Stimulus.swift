internal import Foundation

/// Test signals.
public enum Stimulus {
    public enum Cycle: String, Sendable {
        case whole = "one cycle"
        case positiveHalf = "positive half cycle"
        case negativeHalf = "negative half cycle"
    }

    /// A sine that begins at 0, with an RMS of `amplitude` / √2.
    public static func sine(
        hertz: Double, rate: Int, seconds: Double, amplitude: Double = 0.5
    ) -> [Float] {
        let count = Int((seconds * Double(rate)).rounded())
        return (0..<count).map {
            Float(amplitude * sin(2 * .pi * hertz / Double(rate) * Double($0)))
        }
    }

    public static func silence(rate: Int, seconds: Double) -> [Float] {
        Array(repeating: 0, count: Int((seconds * Double(rate)).rounded()))
    }

    /// Whole periods of a sine cut out of silence.
    public static func burst(
        hertz: Double, rate: Int, seconds: Double, amplitude: Double = 0.5
    ) -> [Float] {
        // A burst that ends between two samples ends before the second one.
        let count = Int((seconds * Double(rate) - 1e-9).rounded(.up))
        return (0..<count).map {
            Float(amplitude * sin(2 * .pi * hertz / Double(rate) * Double($0)))
        }
    }

    public static func cycle(
        _ shape: Cycle, hertz: Double, rate: Int, amplitude: Double = 0.5
    ) -> [Float] {
        switch shape {
        case .whole:
            burst(hertz: hertz, rate: rate, seconds: 1 / hertz, amplitude: amplitude)
        case .positiveHalf:
            burst(hertz: hertz, rate: rate, seconds: 0.5 / hertz, amplitude: amplitude)
        case .negativeHalf:
            burst(hertz: hertz, rate: rate, seconds: 0.5 / hertz, amplitude: -amplitude)
        }
    }

    /// One second of a noise that repeats itself: a sine at each of the frequencies, with a random
    /// phase and the power `power(hertz)`. Its spectrum is exact.
    public static func periodicNoise(
        rate: Int, hertz: some Sequence<Int>, power: (Int) -> Double
    ) -> [Float] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var samples = [Double](repeating: 0, count: rate)
        for frequency in hertz {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let phase = 2 * .pi * Double(state >> 11) / Double(1 << 53)
            add(
                frequency, phase: phase, amplitude: (2 * power(frequency)).squareRoot(),
                to: &samples)
        }
        return samples.map { Float($0) }
    }

    /// Adds a sine by rotation; over a second the rounding errors stay below 1e-11.
    private static func add(
        _ hertz: Int, phase: Double, amplitude: Double, to samples: inout [Double]
    ) {
        let step = 2 * .pi * Double(hertz) / Double(samples.count)
        let (turnReal, turnImaginary) = (cos(step), sin(step))
        var (real, imaginary) = (amplitude * cos(phase), amplitude * sin(phase))
        for index in samples.indices {
            samples[index] += imaginary
            (real, imaginary) = (
                real * turnReal - imaginary * turnImaginary,
                real * turnImaginary + imaginary * turnReal
            )
        }
    }

    /// The samples rounded as an integer format of this many bits would hold them.
    public static func quantised(_ samples: [Float], bits: Int) -> [Float] {
        let scale = Double(1 << (bits - 1))
        return samples.map { sample in
            Float(min(max((Double(sample) * scale).rounded(), -scale), scale - 1) / scale)
        }
    }
}
