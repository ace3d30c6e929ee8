internal import CSoundNetKernels
internal import ModelFormat

/// A convolution with one filter per channel.
@safe final class DepthwiseLayer: Layer {
    private let source: Stream
    private let output: Stream
    private let convolution: Convolution
    private let runs: [soundnet_run]
    private let ends: [Int]  // of the runs of each row

    init(from source: Stream, to output: Stream, _ convolution: Convolution, channels: Int) {
        self.source = source
        self.output = output
        self.convolution = convolution
        let rows = convolution.runs(from: source.shape, to: output.shape, channels: channels)
        // A run of the kernel covers all channels of some bands; a filter takes band by band.
        let taps = rows.map { runs in
            runs.flatMap { run in
                stride(from: 0, to: run.count, by: channels).map {
                    soundnet_run(from: run.from + $0, to: run.to + $0, count: channels)
                }
            }
        }
        runs = taps.flatMap { $0 }
        var end = 0
        ends = taps.map { row in
            end += row.count
            return end
        }
    }

    func step() {
        // SAFETY: `Convolution.runs` names only values of the source and weights of the kernel; the
        // output has a row for each of `ends`.
        unsafe soundnet_depthwise(
            source.newest, runs, ends, ends.count, output.shape.channels, convolution.weight,
            convolution.bias, convolution.rectified, output.newest)
    }
}
