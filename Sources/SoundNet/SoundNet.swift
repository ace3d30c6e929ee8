internal import Acoustics
internal import CSoundNetKernels
internal import Glibc

/// The streaming network: log-mel frames in, one score for each label a step out.
///
/// Every layer keeps the frames of its input that it looks back at, so a step computes only what is
/// new. The result is that of the whole recording at once, with silence of value zero before it.
///
/// One instance belongs to one thread. After `init` nothing is allocated.
@safe public final class SoundNet {
    public let model: Model

    /// What one layer puts out in a step, behind the older frames that later layers look back at.
    @safe private struct Stream {
        let shape: StepShape
        /// Older frames kept in front of the new ones.
        let history: Int
        /// [history + shape.frames][bands][channels]
        let frames: UnsafeMutablePointer<Float>

        var newest: UnsafeMutablePointer<Float> { unsafe frames + history * shape.frameSize }
        var newCount: Int { shape.frames * shape.frameSize }
    }

    private let input: Stream
    private let streams: [Stream]  // one a layer
    private let weights: [UnsafeMutablePointer<Float>?]  // of convolutions, one a layer
    private let embeddingLayer: Int
    private var filled = 0
    private var level = LevelFollower()

    public init(model: Model) {
        self.model = model
        embeddingLayer = model.embeddingLayer
        let shape = StepShape(
            frames: model.framesPerStep, bands: model.features.bands, channels: 1)
        input = Self.makeStream(shape, history: model.historyFrames(behind: nil))
        streams = model.shapes.enumerated().map { index, shape in
            Self.makeStream(shape, history: model.historyFrames(behind: index))
        }
        unsafe weights = model.layers.map { layer in
            switch layer {
            case .convolution(let convolution, _, _), .depthwise(let convolution, _):
                let copy = UnsafeMutablePointer<Float>.allocate(
                    capacity: convolution.weight.count)
                for (index, value) in convolution.weight.enumerated() {
                    // SAFETY: index is below the capacity.
                    unsafe (copy + index).initialize(to: value)
                }
                return unsafe copy
            default: return nil
            }
        }
    }

    deinit {
        // SAFETY: allocated in init and shared with nobody.
        unsafe input.frames.deallocate()
        for stream in streams { unsafe stream.frames.deallocate() }
        for index in unsafe weights.indices { unsafe weights[index]?.deallocate() }
    }

    /// Takes one spectrogram frame and, when it completes a step, hands out the scores.
    ///
    /// - Parameters:
    ///   - frame: [bands], as `LogMelSpectrogram` gives it
    ///   - onScores: gets [labels], each 0 to 1; valid during the call
    public func process(_ frame: Span<Float>, onScores: (Span<Float>) -> Void) {
        precondition(frame.count == model.features.bands)
        for band in 0..<frame.count {
            // SAFETY: `filled` is below framesPerStep, the number of new frames of `input`.
            unsafe input.newest[filled * frame.count + band] = frame[band]
        }
        filled += 1
        guard filled == model.framesPerStep else { return }
        filled = 0
        step()
        // SAFETY: the last stream holds one frame of `labels` values (checkShapes).
        let scores = unsafe UnsafeBufferPointer(
            start: streams[streams.count - 1].newest, count: model.labels.count)
        onScores(unsafe scores.span)
    }

    /// Hands out the embedding of the last step, [embeddingSize]: what the last convolution made
    /// its scores of. It is valid during the call, and zero before the first step.
    public func withEmbedding<Result>(_ body: (Span<Float>) -> Result) -> Result {
        let source = embeddingLayer == 0 ? input : streams[embeddingLayer - 1]
        // SAFETY: the stream holds `newCount` values from `newest` on, which is embeddingSize.
        let values = unsafe UnsafeBufferPointer(start: source.newest, count: source.newCount)
        return body(unsafe values.span)
    }

    /// Forgets everything heard: the next frame begins a new stream.
    public func reset() {
        filled = 0
        level = LevelFollower()
        Self.clear(input)
        for stream in streams { Self.clear(stream) }
    }

    /// The output of one layer of the last step, [frames][bands][channels], for tests.
    func output(ofLayer index: Int) -> [Float] {
        // SAFETY: the stream holds newCount values from `newest` on.
        unsafe Array(
            UnsafeBufferPointer(start: streams[index].newest, count: streams[index].newCount))
    }

    private static func makeStream(_ shape: StepShape, history: Int) -> Stream {
        let count = (history + shape.frames) * shape.frameSize
        let frames = UnsafeMutablePointer<Float>.allocate(capacity: count)
        // SAFETY: the memory was just allocated with this capacity.
        unsafe frames.initialize(repeating: 0, count: count)
        return unsafe Stream(shape: shape, history: history, frames: frames)
    }

    private static func clear(_ stream: Stream) {
        // SAFETY: makeStream allocated this many values.
        unsafe stream.frames.update(
            repeating: 0, count: (stream.history + stream.shape.frames) * stream.shape.frameSize)
    }

    // MARK: One step

    private func step() {
        for index in model.layers.indices {
            let source = index == 0 ? input : streams[index - 1]
            let target = streams[index]
            Self.slide(target)
            switch model.layers[index] {
            case .level(let coefficient, let floor):
                takeLevelOff(source, target, coefficient: coefficient, floor: floor)
            case .normalise(let mean, let scale):
                normalise(source, target, mean: mean, scale: scale)
            case .convolution(let convolution, _, _):
                unsafe convolve(
                    source, target, convolution, weights[index]!, depthwise: false)
            case .depthwise(let convolution, _):
                unsafe convolve(source, target, convolution, weights[index]!, depthwise: true)
            case .flatten:
                // The same values in the same order: only the shape differs.
                unsafe target.newest.update(from: source.newest, count: target.newCount)
            case .add(let from, let rectified):
                add(source, streams[from], target, rectified: rectified)
            case .sigmoid:
                for value in 0..<target.shape.frameSize {
                    unsafe target.newest[value] = 1 / (1 + exp(-source.newest[value]))
                }
            }
        }
        Self.slide(input)
    }

    /// Moves the newest `history` frames to the front, where the next step looks back at them.
    private static func slide(_ stream: Stream) {
        // SAFETY: both ranges lie inside the stream; memmove allows their overlap.
        unsafe memmove(
            stream.frames, stream.frames + stream.newCount,
            stream.history * stream.shape.frameSize * MemoryLayout<Float>.stride)
    }

    private func takeLevelOff(
        _ source: Stream, _ target: Stream, coefficient: Double, floor: Double
    ) {
        let bands = target.shape.bands
        for frame in 0..<target.shape.frames {
            // SAFETY: source and target have the same shape: frames of `bands` values.
            let values = unsafe source.newest + frame * bands
            var sum = 0.0
            for band in 0..<bands { unsafe sum += Double(values[band]) }
            let level = level.follow(sum / Double(bands), coefficient: coefficient)
            let base = Float(max(level, floor))
            for band in 0..<bands {
                unsafe target.newest[frame * bands + band] = values[band] - base
            }
        }
    }

    private func normalise(_ source: Stream, _ target: Stream, mean: [Float], scale: [Float]) {
        let bands = target.shape.bands
        for frame in 0..<target.shape.frames {
            for band in 0..<bands {
                // SAFETY: source and target have the same shape, with one channel.
                let value = unsafe source.newest[frame * bands + band]
                unsafe target.newest[frame * bands + band] = (value - mean[band]) * scale[band]
            }
        }
    }

    private func add(_ source: Stream, _ other: Stream, _ target: Stream, rectified: Bool) {
        for index in 0..<target.newCount {
            // SAFETY: all three have the same shape (outputShape).
            let sum = unsafe source.newest[index] + other.newest[index]
            unsafe target.newest[index] = rectified ? max(sum, 0) : sum
        }
    }

    private func convolve(
        _ source: Stream, _ target: Stream, _ convolution: Convolution,
        _ weight: UnsafeMutablePointer<Float>, depthwise: Bool
    ) {
        let (bands, outputs) = (target.shape.bands, target.shape.channels)
        for frame in 0..<target.shape.frames {
            let output = unsafe target.newest + frame * target.shape.frameSize
            // SAFETY: the output frame has `bands` rows of `outputs` values, the bias `outputs`.
            unsafe soundnet_fill(output, bands, outputs, convolution.bias)
            for tap in 0..<convolution.kernelTime {
                // The newest tap sees the last of the frames that this output strides over.
                let age = (convolution.kernelTime - 1 - tap) * convolution.dilation
                let inputFrame =
                    source.history + frame * convolution.strideTime + convolution.strideTime - 1
                    - age
                // SAFETY: age is at most strideTime - 1 + historyFrames, and source.history is at
                // least historyFrames, so inputFrame is not negative; it is at most the newest.
                let frameStart = unsafe source.frames + inputFrame * source.shape.frameSize
                unsafe convolveFrame(
                    frameStart, source.shape, output, target.shape, convolution, weight,
                    tap: tap, depthwise: depthwise)
            }
            if convolution.rectified { unsafe soundnet_rectify(output, bands * outputs) }
        }
    }

    /// Adds what one input frame contributes through one tap in time.
    private func convolveFrame(
        _ frame: UnsafeMutablePointer<Float>, _ inputShape: StepShape,
        _ output: UnsafeMutablePointer<Float>, _ outputShape: StepShape,
        _ convolution: Convolution, _ weight: UnsafeMutablePointer<Float>,
        tap: Int, depthwise: Bool
    ) {
        let (inputs, outputs) = (inputShape.channels, outputShape.channels)
        let tapSize = depthwise ? outputs : inputs * outputs
        for bandTap in 0..<convolution.kernelBand {
            let bands = convolution.outputBands(
                seeing: bandTap, inputBands: inputShape.bands, outputBands: outputShape.bands)
            guard !bands.isEmpty else { continue }
            let firstInput =
                bands.lowerBound * convolution.strideBand + bandTap - convolution.padLow
            // SAFETY: `outputBands(seeing:)` keeps every row inside the frame and the output.
            let rows = unsafe frame + firstInput * inputs
            let target = unsafe output + bands.lowerBound * outputs
            let tapWeight =
                unsafe weight + (tap * convolution.kernelBand + bandTap) * tapSize
            let stride = convolution.strideBand * inputs
            if depthwise {
                unsafe soundnet_scale_add(
                    rows, stride, bands.count, outputs, tapWeight, target, outputs)
            } else {
                unsafe soundnet_multiply_add(
                    rows, stride, bands.count, inputs, tapWeight, outputs, target, outputs)
            }
        }
    }
}

extension Convolution {
    /// The output bands whose tap `bandTap` meets an input band and not the padding.
    func outputBands(seeing bandTap: Int, inputBands: Int, outputBands: Int) -> Range<Int> {
        // band * strideBand + bandTap - padLow lies in 0..<inputBands
        let shift = padLow - bandTap
        let first = max(0, shift <= 0 ? 0 : (shift + strideBand - 1) / strideBand)
        let lastInput = inputBands - 1 + shift
        guard lastInput >= 0 else { return 0..<0 }
        let end = min(outputBands, lastInput / strideBand + 1)
        return first < end ? first..<end : 0..<0
    }
}

extension Model {
    /// The most frames that any layer behind `layer` (the input when nil) looks back at.
    func historyFrames(behind layer: Int?) -> Int {
        let next = (layer ?? -1) + 1
        guard next < layers.count else { return 0 }
        switch layers[next] {
        case .convolution(let convolution, _, _), .depthwise(let convolution, _):
            return convolution.historyFrames
        default: return 0
        }
    }
}
