internal import SoundTypes

/// The shape of the data that one step passes between two layers.
package struct StepShape: Equatable {
    /// The number of time frames in a step.
    package var frames: Int
    package var bands: Int
    package var channels: Int

    package init(frames: Int, bands: Int, channels: Int) {
        self.frames = frames
        self.bands = bands
        self.channels = channels
    }

    package var frameSize: Int { bands * channels }

    /// The number of frames a layer's output needs memory for if the next layer looks back at
    /// `history` frames: the history is moved to the beginning once the rest is full.
    package func keptFrames(history: Int) -> Int { 2 * history + frames }
}

extension Model {
    /// Values in one frame; more than in any model this engine could run in real time.
    private static let maximumFrameSize = 1 << 20

    /// What all layers keep between steps and fill in a step, and their packed weights, in bytes. A
    /// few numbers in a file can make a long history, and a product with few outputs is packed like
    /// one with many.
    private static let maximumMemory = 64 << 20
    /// Multiply-adds per second; no machine that this runs on can do as many.
    private static let maximumMultiplyAdds = 1e11

    /// The output shape of every layer, for one step.
    private func stepShapes() throws(HeaderFault) -> [StepShape] {
        var shapes: [StepShape] = []
        var shape = StepShape(frames: framesPerStep, bands: features.bands, channels: 1)
        var bytes = streamBytes(shape, behind: nil)
        for (index, layer) in layers.enumerated() {
            if case .sigmoid = layer, index < layers.count - 1 {
                throw HeaderFault(detail: "layer \(index): only the last layer can be a sigmoid")
            }
            if case .level = layer, index > 0 {
                throw HeaderFault(detail: "layer \(index): only the first layer can be a level")
            }
            do {
                shape = try layer.outputShape(of: shape, earlier: shapes)
            } catch {
                throw HeaderFault(detail: "layer \(index): \(error.detail)")
            }
            guard shape.frameSize <= Self.maximumFrameSize else {
                throw HeaderFault(detail: "layer \(index): \(shape) is too large")
            }
            bytes +=
                streamBytes(shape, behind: index) + layer.runBytes(to: shape) + layer.packedBytes
            guard bytes <= Self.maximumMemory else {
                throw HeaderFault(
                    detail: "up to layer \(index) the network needs \(bytes) bytes of memory; "
                        + "accepted: up to \(Self.maximumMemory)")
            }
            shapes.append(shape)
        }
        return shapes
    }

    /// The memory of one layer's output.
    private func streamBytes(_ shape: StepShape, behind layer: Int?) -> Int {
        shape.keptFrames(history: historyFrames(behind: layer)) * shape.frameSize
            * MemoryLayout<Float>.stride
    }

    /// Multiply-adds of one step, over all convolutions.
    public var multiplyAddsPerStep: Int {
        zip(layers, shapes).reduce(0) { $0 + $1.0.multiplyAdds(to: $1.1) }
    }

    /// The number of trained values.
    public var weightCount: Int {
        layers.reduce(0) { sum, layer in
            switch layer {
            case .convolution(let convolution, _, _), .depthwise(let convolution, _):
                sum + convolution.weight.count + convolution.bias.count
            default: sum
            }
        }
    }

    /// The layer whose input is the embedding: the last convolution, or else the last layer.
    package var embeddingLayer: Int {
        let isConvolution = { (layer: LayerDescription) in
            if case .convolution = layer { true } else { false }
        }
        return layers.lastIndex(where: isConvolution) ?? layers.count - 1
    }

    /// The number of values of an embedding: what the network knows about a step before naming it.
    public var embeddingSize: Int {
        guard embeddingLayer > 0 else { return framesPerStep * features.bands }
        let shape = shapes[embeddingLayer - 1]
        return shape.frames * shape.frameSize
    }

    /// Computes `shapes`, and refuses a model that cannot be run.
    package mutating func checkShapes() throws(HeaderFault) {
        guard (1...1_000).contains(framesPerStep), (0...1_000).contains(delaySteps) else {
            throw HeaderFault(
                detail: "\(framesPerStep) frames a step, accepted: 1 to 1000; \(delaySteps) steps "
                    + "of delay, accepted: 0 to 1000")
        }
        guard case .sigmoid? = layers.last else {
            throw HeaderFault(detail: "the last layer is no sigmoid")
        }
        let scores = StepShape(frames: 1, bands: 1, channels: labels.count)
        shapes = try stepShapes()
        guard shapes.last == scores else {
            throw HeaderFault(
                detail: "one step gives \(String(describing: shapes.last)), not \(scores)")
        }
        let stepSeconds = Double(framesPerStep) * features.hopSeconds
        let load = Double(multiplyAddsPerStep) / stepSeconds
        guard load <= Self.maximumMultiplyAdds else {
            throw HeaderFault(
                detail: "\(load) multiply-adds a second; accepted: up to "
                    + "\(Self.maximumMultiplyAdds)")
        }
    }
}

extension LayerDescription {
    /// The memory for finding the input of each output, in bytes, at most.
    fileprivate func runBytes(to output: StepShape) -> Int {
        let rows = output.frames * output.bands
        return switch self {
        case .convolution(let convolution, let inputs, _) where !convolution.isPointwise:
            convolution.runBytes(rows: rows, inputs: inputs)
        case .depthwise(let convolution, _): convolution.runBytes(rows: rows, inputs: 0)
        default: 0
        }
    }

    /// The memory of the weights as the kernels read them, in bytes.
    fileprivate var packedBytes: Int {
        guard case .convolution(let convolution, let inputs, let outputs) = self else { return 0 }
        let patchSize = convolution.kernelTime * convolution.kernelBand * inputs
        return Convolution.packedBytes(inputs: patchSize, outputs: outputs)
    }

    fileprivate func outputShape(
        of input: StepShape, earlier: [StepShape]
    ) throws(HeaderFault) -> StepShape {
        switch self {
        case .normalise(let mean, _):
            guard mean.count == input.frameSize else {
                throw HeaderFault(detail: "\(mean.count) values cannot normalise \(input)")
            }
            return input
        case .level(_, let bandCoefficient, _):
            var output = input
            output.channels = bandCoefficient == nil ? 1 : 2
            return output
        case .sigmoid: return input
        case .flatten: return StepShape(frames: input.frames, bands: 1, channels: input.frameSize)
        case .convolution(let convolution, let inputs, let outputs):
            guard inputs == input.channels else {
                throw HeaderFault(detail: "\(inputs) inputs behind \(input.channels) channels")
            }
            return try convolution.outputShape(of: input, channels: outputs)
        case .depthwise(let convolution, let channels):
            guard channels == input.channels else {
                throw HeaderFault(detail: "\(channels) channels behind \(input.channels)")
            }
            return try convolution.outputShape(of: input, channels: channels)
        case .add(let from, _):
            guard earlier.indices.contains(from), earlier[from] == input else {
                throw HeaderFault(detail: "layer \(from) cannot be added to \(input)")
            }
            return input
        }
    }
}

extension Convolution {
    fileprivate func outputShape(
        of input: StepShape, channels: Int
    ) throws(HeaderFault) -> StepShape {
        guard input.frames % strideTime == 0, input.bands + padLow + padHigh >= kernelBand else {
            throw HeaderFault(detail: "a kernel of \(kernelTime) x \(kernelBand) on \(input)")
        }
        return StepShape(
            frames: input.frames / strideTime, bands: outputBands(input.bands),
            channels: channels)
    }
}

extension Model {
    /// The most frames that any layer after `layer` (the input if nil) looks back at.
    package func historyFrames(behind layer: Int?) -> Int {
        let next = (layer ?? -1) + 1
        guard next < layers.count else { return 0 }
        switch layers[next] {
        case .convolution(let convolution, _, _), .depthwise(let convolution, _):
            return convolution.historyFrames
        default: return 0
        }
    }
}
