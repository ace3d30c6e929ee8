import Foundation

/// A computed sound that no label covers: a tone whose pitch goes up and down several times a
/// second, over a little noise.
public struct Warble: Sendable {
    /// Determines pitch, rate and length.
    public let variant: Int

    public init(variant: Int) {
        self.variant = variant
    }

    public static let rate = 16_000

    /// One clip of 2.5 s: 0.5 s of noise, then the sound, then noise.
    public var clip: [Float] {
        samples(seconds: 2.5, soundsAt: [0.5])
    }

    /// Noise with the sound at these times.
    public func samples(seconds: Double, soundsAt onsets: [Double]) -> [Float] {
        var random = SeededRandom(seed: UInt64(variant))
        let pitch = 1_400 * (1 + 0.03 * Double(variant % 5 - 2))
        let speed = 9 + 0.5 * Double(variant % 3)
        let length = 1.2 + 0.1 * Double(variant % 4)
        return (0..<Int(seconds * Double(Self.rate))).map { index in
            let noise = Float.random(in: -0.003...0.003, using: &random)
            let time = Double(index) / Double(Self.rate)
            guard let onset = onsets.first(where: { time >= $0 && time < $0 + length }) else {
                return noise
            }
            let age = time - onset
            let phase =
                2 * Double.pi * pitch * age - 400 / speed * cos(2 * Double.pi * speed * age)
            let fade = min(1, age / 0.02, (length - age) / 0.02)
            return noise + Float(0.2 * fade * (sin(phase) + 0.5 * sin(2 * phase)))
        }
    }
}
