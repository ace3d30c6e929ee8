/// Takes the running level of the stream off every frame. What comes out hardly depends on the
/// gain of the microphone.
///
/// With m the mean of frame t = 0, 1, 2, … over the bands: L += a (m - L), a = max(1 / (t + 1), c),
/// so L is the mean of the first frames, later an exponential mean of the newest 1 / c.
@safe final class LevelLayer: Layer {
    private let source: Stream
    private let output: Stream
    private let coefficient: Double
    private let floor: Double
    private var level = 0.0
    private var frames = 0

    /// - Parameters:
    ///   - source: one channel, natural logarithm of power
    ///   - coefficient: c, above 0 and up to 1
    ///   - floor: the least level that is taken off
    init(from source: Stream, to output: Stream, coefficient: Double, floor: Double) {
        self.source = source
        self.output = output
        self.coefficient = coefficient
        self.floor = floor
    }

    func step() {
        let bands = source.shape.bands
        for frame in 0..<source.shape.frames {
            // SAFETY: source and output have the same shape: frames of `bands` values.
            let values = unsafe source.newest + frame * bands
            let target = unsafe output.newest + frame * bands
            var sum = 0.0
            for band in 0..<bands { unsafe sum += Double(values[band]) }
            follow(sum / Double(bands))
            let base = Float(max(level, floor))
            for band in 0..<bands { unsafe target[band] = unsafe values[band] - base }
        }
    }

    func reset() {
        level = 0
        frames = 0
    }

    private func follow(_ mean: Double) {
        frames += 1
        level += max(1 / Double(frames), coefficient) * (mean - level)
    }
}
