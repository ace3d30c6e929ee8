/// What a benchmark wants to know about a layer.
@_spi(Benchmarks) public struct LayerSummary: Sendable {
    /// Such as `conv 160 > 160`.
    public var name: String
    /// Multiply-adds of one step; 0 for layers without weights.
    public var multiplyAdds: Int
    /// Whether the layer is the product of a matrix with the values of one frame and band.
    public var isPointwise: Bool
}

extension Model {
    @_spi(Benchmarks) public var layerSummaries: [LayerSummary] {
        zip(layers, shapes).map { layer, shape in
            LayerSummary(
                name: layer.summary, multiplyAdds: layer.multiplyAdds(to: shape),
                isPointwise: layer.isPointwise)
        }
    }
}

extension LayerDescription {
    package func multiplyAdds(to output: StepShape) -> Int {
        switch self {
        case .convolution(let convolution, _, _), .depthwise(let convolution, _):
            output.frames * output.bands * convolution.weight.count
        default: 0
        }
    }

    fileprivate var isPointwise: Bool {
        if case .convolution(let convolution, _, _) = self {
            convolution.isPointwise
        } else {
            false
        }
    }

    fileprivate var summary: String {
        switch self {
        case .level: "level"
        case .normalise: "normalise"
        case .convolution(let convolution, let inputs, let outputs):
            "conv \(convolution.kernelTime)x\(convolution.kernelBand) \(inputs) > \(outputs)"
        case .depthwise(let convolution, let channels):
            "depthwise \(convolution.kernelTime)x\(convolution.kernelBand) \(channels)"
        case .flatten: "flatten"
        case .add: "add"
        case .sigmoid: "sigmoid"
        }
    }
}
