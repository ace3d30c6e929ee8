internal import Glibc

/// Exponential smoothing, y += (1 − exp(−step / time constant)) · (x − y); starts at its first x.
public struct Smoother: Sendable {
    private let timeConstantSamples: Double
    private var coefficient: Float = 1
    private var value: Float = 0
    private var isFresh = true

    /// - Parameter timeConstantSamples: 0 smooths nothing
    public init(timeConstantSamples: Double) {
        self.timeConstantSamples = timeConstantSamples
    }

    /// Sets how many samples each of the next scores stands for.
    public mutating func adoptStepLength(_ samples: Int64) {
        let isOff = timeConstantSamples <= 0
        coefficient = isOff ? 1 : Float(1 - exp(-Double(samples) / timeConstantSamples))
    }

    /// Forgets the past: the next score starts afresh.
    public mutating func restart() {
        isFresh = true
    }

    public mutating func next(_ score: Float) -> Float {
        value = isFresh ? score : value + coefficient * (score - value)
        isFresh = false
        return value
    }
}
