internal import CSoundNetKernels
internal import ModelFormat

/// Subtracts the running level of the stream from every frame and, if wanted, in a second channel,
/// the running level of each band. The result hardly depends on the gain of the microphone.
///
/// With m the value of frame t = 0, 1, 2, …, the mean of all bands or the band's own: L += a (m -
/// L), a = max(1 / (t + 1), c). So L is at first the mean of all frames so far, later an
/// exponential mean of the newest 1 / c.
@safe final class LevelLayer: Layer {
    private let source: Stream
    private let output: Stream
    private let coefficient: Double
    private let bandCoefficient: Double?
    private let floor: Double
    private var level = 0.0
    private var bandLevels: [Float]  // [bands]
    private var frames = 0

    /// - Parameters:
    ///   - source: one channel, natural logarithm of power
    ///   - output: a channel, and a second one with a `bandCoefficient`
    ///   - coefficient: c of all bands together, above 0 and up to 1
    ///   - bandCoefficient: c of each band
    ///   - floor: the least level that is subtracted
    init(
        from source: Stream, to output: Stream, coefficient: Double, bandCoefficient: Double?,
        floor: Double
    ) {
        self.source = source
        self.output = output
        self.coefficient = coefficient
        self.bandCoefficient = bandCoefficient
        self.floor = floor
        bandLevels = [Float](repeating: 0, count: source.shape.bands)
    }

    func step() {
        for frame in 0..<source.shape.frames {
            frames += 1
            takeOffLevel(frame)
            if let bandCoefficient {
                takeOffBandLevels(frame, rate: Float(max(1 / Double(frames), bandCoefficient)))
            }
        }
    }

    func reset() {
        level = 0
        frames = 0
        for band in bandLevels.indices { bandLevels[band] = 0 }
    }

    private func takeOffLevel(_ frame: Int) {
        let (bands, channels) = (source.shape.bands, output.shape.channels)
        // SAFETY: a frame of the source has `bands` values, one of the output `channels` for each.
        let values = unsafe source.newest + frame * bands
        let target = unsafe output.newest + frame * bands * channels
        var sum = 0.0
        for band in 0..<bands { unsafe sum += Double(values[band]) }
        level += max(1 / Double(frames), coefficient) * (sum / Double(bands) - level)
        let base = Float(max(level, floor))
        for band in 0..<bands { unsafe target[band * channels] = unsafe values[band] - base }
    }

    private func takeOffBandLevels(_ frame: Int, rate: Float) {
        let (bands, channels) = (source.shape.bands, output.shape.channels)
        // SAFETY: as in takeOffLevel; with band levels there are two channels (outputShape).
        let values = unsafe source.newest + frame * bands
        let target = unsafe output.newest + frame * bands * channels
        unsafe soundnet_follow(
            values, bands, rate, Float(floor), &bandLevels, target + 1, channels)
    }
}
