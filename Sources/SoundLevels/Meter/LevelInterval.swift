/// The A-weighted level over a hundredth of a second: what events are measured with.
public struct LevelInterval: Sendable, Hashable, BitwiseCopyable {
    /// The position after its last sample.
    public var end: Int64
    /// Its length in samples. What is left at the end of a stream is not an interval.
    public var samples: Int
    /// The sum of the squared A-weighted samples.
    public var energyA: Double
    /// LAF as a power, after the last sample and at its maximum.
    public var fast: Double
    public var fastMaximum: Double
    /// Whether F has had time to settle.
    public var isSettled: Bool

    public init(
        end: Int64, samples: Int, energyA: Double, fast: Double, fastMaximum: Double,
        isSettled: Bool
    ) {
        self.end = end
        self.samples = samples
        self.energyA = energyA
        self.fast = fast
        self.fastMaximum = fastMaximum
        self.isSettled = isSettled
    }
}
