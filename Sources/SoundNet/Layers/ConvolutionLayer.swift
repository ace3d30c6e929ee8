internal import CSoundNetKernels
internal import ModelFormat

/// A convolution that mixes all channels: for each output frame and band, a product of the weights
/// with the input the kernel covers. A kernel of one frame and band, with a stride of one, finds
/// its input in place; for others it is first gathered, patch by patch.
@safe final class ConvolutionLayer: Layer {
    private let source: Stream
    private let output: Stream
    private let weights: PackedMatrix
    private let rectified: Bool
    private let rows: Int
    private let patches: Patches?

    init(
        from source: Stream, to output: Stream, _ convolution: Convolution, inputs: Int,
        outputs: Int
    ) {
        self.source = source
        self.output = output
        rectified = convolution.rectified
        rows = output.shape.frames * output.shape.bands
        let patchSize = convolution.kernelTime * convolution.kernelBand * inputs
        weights = PackedMatrix(
            weight: convolution.weight, bias: convolution.bias, inputs: patchSize, outputs: outputs)
        patches =
            convolution.isPointwise
            ? nil
            : Patches(
                runs: convolution.runs(from: source.shape, to: output.shape, channels: inputs),
                patchSize: patchSize)
    }

    func step() {
        // SAFETY: the rows of a pointwise convolution are those of the source; a patch has as many
        // values as the matrix has inputs. The output has `rows` rows of its outputs.
        let input = unsafe patches?.gather(from: source) ?? UnsafePointer(source.newest)
        unsafe weights.multiply(input, rows: rows, rectified: rectified, output.newest)
    }
}

/// The input of each output frame and band, side by side.
@safe private final class Patches {
    private let runs: [soundnet_run]
    private let values: UnsafeMutablePointer<Float>  // [rows][patchSize]

    init(runs rows: [[soundnet_run]], patchSize: Int) {
        runs = rows.enumerated().flatMap { row, runs in
            runs.map {
                soundnet_run(from: $0.from, to: $0.to + row * patchSize, count: $0.count)
            }
        }
        let count = rows.count * patchSize
        unsafe values = .allocate(capacity: count)
        // What is not filled by a run is padding and stays zero.
        // SAFETY: the memory was just allocated with this capacity.
        unsafe values.initialize(repeating: 0, count: count)
    }

    deinit { unsafe values.deallocate() }

    func gather(from source: Stream) -> UnsafePointer<Float> {
        // SAFETY: `Convolution.runs` names only values of the source and of patches.
        unsafe soundnet_gather(source.newest, runs, runs.count, values)
        return unsafe UnsafePointer(values)
    }
}
