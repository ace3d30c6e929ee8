internal import Glibc

/// A value of a log-mel spectrogram as a byte: steps of 0.125 nat from the logarithm of the floor
/// upwards, rounded to the nearest and clamped to the range of a byte.
public struct LogMelCode: Sendable {
    public static let stepNats: Float = 0.125

    private let lowest: Float

    public init(_ features: FeatureParameters) {
        lowest = Float(log(features.floor))
    }

    public func byte(_ value: Float) -> UInt8 {
        let steps = (value - lowest) / Self.stepNats
        return UInt8(min(max(steps.rounded(), 0), 255))
    }

    public func value(_ byte: UInt8) -> Float {
        lowest + Self.stepNats * Float(byte)
    }
}
