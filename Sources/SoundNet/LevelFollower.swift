/// The running level of a stream: the mean of its first frames, later an exponential mean of the
/// newest. What is heard against it does not depend on the gain of the microphone.
struct LevelFollower {
    private var level = 0.0
    private var frames = 0

    /// The level after one more frame t = 0, 1, 2, …: L += a (mean - L), a = max(1 / (t + 1), c).
    ///
    /// - Parameters:
    ///   - mean: that of all bands of the frame, in nats of power
    ///   - coefficient: c, above 0 and up to 1; 1 / c frames are about the memory
    mutating func follow(_ mean: Double, coefficient: Double) -> Double {
        frames += 1
        level += max(1 / Double(frames), coefficient) * (mean - level)
        return level
    }
}
