internal import Glibc

/// What recognises a taught sound: a logistic regression on the network's embedding of a step.
public struct TaughtHead: Sendable, Hashable {
    /// Scores at or above `on` begin a sound; scores below `off` end it.
    public struct Thresholds: Sendable, Hashable, Codable {
        public let on: Float
        public let off: Float
    }

    /// [embeddingSize]
    let weights: [Float]
    let bias: Float
    public let thresholds: Thresholds

    /// The certainty that the sound is heard, 0 to 1. Allocates nothing.
    ///
    /// - Parameter embedding: [embeddingSize] of the model the head was fitted to
    public func score(_ embedding: Span<Float>) -> Float {
        precondition(embedding.count == weights.count, "the head of another model")
        var sum = bias
        for index in 0..<embedding.count { sum += weights[index] * embedding[index] }
        return 1 / (1 + exp(-sum))
    }
}
