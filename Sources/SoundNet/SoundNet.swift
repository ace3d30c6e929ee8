public import ModelFormat
internal import SoundTypes

/// The streaming network: log-mel frames in, one score per label and step out.
///
/// Every layer keeps the frames of its input that it looks back at, so a step computes only what is
/// new. The result is the same as for the whole recording at once, with silence of value zero
/// before it.
///
/// One instance belongs to one thread. After `init` nothing is allocated.
@safe public final class SoundNet {
    public let model: Model

    private let input: Stream
    private let streams: [Stream]  // one per layer
    private let layers: [any Layer]
    private let embeddingLayer: Int
    private var filled = 0

    /// Called before the first layer of a step with -1, and after each layer with its index, for
    /// benchmarks.
    @_spi(Benchmarks) public var onLayer: ((Int) -> Void)?

    public init(model: Model) {
        self.model = model
        embeddingLayer = model.embeddingLayer
        let shape = StepShape(
            frames: model.framesPerStep, bands: model.features.bands, channels: 1)
        let input = Stream(shape: shape, history: model.historyFrames(behind: nil))
        let streams = model.shapes.enumerated().map { index, shape in
            Stream(shape: shape, history: model.historyFrames(behind: index))
        }
        layers = model.layers.enumerated().map { index, description in
            description.layer(
                from: index == 0 ? input : streams[index - 1], to: streams[index],
                earlier: streams)
        }
        self.input = input
        self.streams = streams
    }

    /// Takes one spectrogram frame and, when it completes a step, delivers the scores.
    ///
    /// - Parameters:
    ///   - frame: [bands], as `LogMelSpectrogram` gives it
    ///   - onScores: gets [labels], each 0 to 1; valid during the call
    public func process(_ frame: Span<Float>, onScores: (Span<Float>) -> Void) {
        precondition(frame.count == model.features.bands)
        if filled == 0 { input.advance() }
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

    /// Provides the embedding of the last step, [embeddingSize]: what the last convolution computed
    /// its scores from. It is valid during the call, and zero before the first step.
    public func withEmbedding<Result>(_ body: (Span<Float>) -> Result) -> Result {
        let source = embeddingLayer == 0 ? input : streams[embeddingLayer - 1]
        // SAFETY: the stream holds `newCount` values from `newest` onwards, which is embeddingSize.
        let values = unsafe UnsafeBufferPointer(start: source.newest, count: source.newCount)
        return body(unsafe values.span)
    }

    /// Forgets everything heard: the next frame begins a new stream.
    public func reset() {
        filled = 0
        input.clear()
        for stream in streams { stream.clear() }
        for layer in layers { layer.reset() }
    }

    /// The output of one layer of the last step, [frames][bands][channels], for tests.
    func output(ofLayer index: Int) -> [Float] {
        // SAFETY: the stream holds newCount values from `newest` onwards.
        unsafe Array(
            UnsafeBufferPointer(start: streams[index].newest, count: streams[index].newCount))
    }

    private func step() {
        onLayer?(-1)
        for index in layers.indices {
            streams[index].advance()
            layers[index].step()
            onLayer?(index)
        }
    }
}

extension LayerDescription {
    fileprivate func layer(
        from source: Stream, to output: Stream, earlier streams: [Stream]
    ) -> any Layer {
        switch self {
        case .level(let coefficient, let bandCoefficient, let floor):
            LevelLayer(
                from: source, to: output, coefficient: coefficient,
                bandCoefficient: bandCoefficient, floor: floor)
        case .normalise(let mean, let scale):
            NormaliseLayer(from: source, to: output, mean: mean, scale: scale)
        case .convolution(let convolution, let inputs, let outputs):
            ConvolutionLayer(
                from: source, to: output, convolution, inputs: inputs, outputs: outputs)
        case .depthwise(let convolution, let channels):
            DepthwiseLayer(from: source, to: output, convolution, channels: channels)
        case .flatten: FlattenLayer(from: source, to: output)
        case .add(let from, let rectified):
            AddLayer(from: source, and: streams[from], to: output, rectified: rectified)
        case .sigmoid: SigmoidLayer(from: source, to: output)
        }
    }
}
