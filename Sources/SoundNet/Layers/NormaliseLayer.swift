internal import CSoundNetKernels
internal import ModelFormat

/// (x - mean) * scale in each band and channel.
@safe final class NormaliseLayer: Layer {
    private let source: Stream
    private let output: Stream
    private let mean: [Float]  // [bands][channels]
    private let scale: [Float]  // [bands][channels]

    init(from source: Stream, to output: Stream, mean: [Float], scale: [Float]) {
        self.source = source
        self.output = output
        self.mean = mean
        self.scale = scale
    }

    func step() {
        // SAFETY: source and output have the same shape; mean and scale have a value for each value
        // of a frame (outputShape).
        unsafe soundnet_normalise(
            source.newest, source.shape.frames, source.shape.frameSize, mean, scale, output.newest)
    }
}
