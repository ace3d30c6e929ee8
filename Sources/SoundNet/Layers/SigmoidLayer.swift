internal import Glibc

/// 1 / (1 + exp(-x))
@safe final class SigmoidLayer: Layer {
    private let source: Stream
    private let output: Stream

    init(from source: Stream, to output: Stream) {
        self.source = source
        self.output = output
    }

    func step() {
        for index in 0..<output.newCount {
            // SAFETY: source and output have the same shape.
            unsafe output.newest[index] = 1 / (1 + exp(-source.newest[index]))
        }
    }
}
