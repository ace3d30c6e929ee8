internal import CSoundNetKernels

/// Adds the output of an earlier layer.
@safe final class AddLayer: Layer {
    private let source: Stream
    private let other: Stream
    private let output: Stream
    private let rectified: Bool

    init(from source: Stream, and other: Stream, to output: Stream, rectified: Bool) {
        self.source = source
        self.other = other
        self.output = output
        self.rectified = rectified
    }

    func step() {
        // SAFETY: all three have the same shape (outputShape).
        unsafe soundnet_add(
            source.newest, other.newest, output.newCount, rectified, output.newest)
    }
}
