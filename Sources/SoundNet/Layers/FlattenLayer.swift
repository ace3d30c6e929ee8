/// [time][band][channel] to [time][1][band * channels + channel]: the same values in the same
/// order; only the shape differs.
@safe final class FlattenLayer: Layer {
    private let source: Stream
    private let output: Stream

    init(from source: Stream, to output: Stream) {
        self.source = source
        self.output = output
    }

    func step() {
        // SAFETY: both have as many values (outputShape).
        unsafe output.newest.update(from: source.newest, count: output.newCount)
    }
}
