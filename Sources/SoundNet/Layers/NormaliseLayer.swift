internal import CSoundNetKernels

/// (x - mean) * scale in each band of one channel.
@safe final class NormaliseLayer: Layer {
    private let source: Stream
    private let output: Stream
    private let mean: [Float]  // [bands]
    private let scale: [Float]  // [bands]

    init(from source: Stream, to output: Stream, mean: [Float], scale: [Float]) {
        self.source = source
        self.output = output
        self.mean = mean
        self.scale = scale
    }

    func step() {
        // SAFETY: source and output have the same shape, with one channel; mean and scale have a
        // value for each band (outputShape).
        unsafe soundnet_normalise(
            source.newest, source.shape.frames, source.shape.bands, mean, scale, output.newest)
    }
}
