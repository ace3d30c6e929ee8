internal import SoundTypes

/// Where a tensor is: `offset` bytes after the header, float32, the last index running fastest.
struct TensorReference: Decodable {
    var offset: Int
    var shape: [Int]
}

/// The JSON header of a model file.
struct ModelHeader: Decodable {
    struct Features: Decodable {
        var parameters: FeatureParameters
        var melScale: String

        enum CodingKeys: String, CodingKey { case melScale = "mel_scale" }

        init(from decoder: any Decoder) throws {
            parameters = try FeatureParameters(from: decoder)
            melScale = try decoder.container(keyedBy: CodingKeys.self)
                .decode(String.self, forKey: .melScale)
        }
    }

    struct Layer: Decodable {
        var kind: String
        var mean: TensorReference?
        var scale: TensorReference?
        var `in`: Int?
        var out: Int?
        var channels: Int?
        var kernel: [Int]?
        var stride: [Int]?
        var dilation: Int?
        var pad: [Int]?
        var relu: Bool?
        var weight: TensorReference?
        var bias: TensorReference?
        var from: Int?
        var coefficient: Double?
        var bandCoefficient: Double?
        var floor: Double?

        enum CodingKeys: String, CodingKey {
            case kind, mean, scale, `in`, out, channels, kernel, stride, dilation, pad, relu
            case weight, bias, from, coefficient, floor
            case bandCoefficient = "band_coefficient"
        }
    }

    var name: String
    var licence: String
    var features: Features
    var labels: [String]
    var groups: [String]?
    var thresholds: [Model.LabelTracking]
    var framesPerStep: Int
    var delaySteps: Int
    var layers: [Layer]

    enum CodingKeys: String, CodingKey {
        case name, licence, features, labels, groups, thresholds, layers
        case framesPerStep = "frames_per_step"
        case delaySteps = "delay_steps"
    }

    func model(
        checksum: UInt32, tensors: inout TensorReader
    ) throws(HeaderFault) -> Model {
        guard features.melScale == "htk" else {
            throw HeaderFault(detail: "mel scale \"\(features.melScale)\", known is \"htk\"")
        }
        var descriptions: [LayerDescription] = []
        for (index, layer) in layers.enumerated() {
            do {
                descriptions.append(
                    try layer.description(&tensors, bands: features.parameters.bands))
            } catch {
                throw HeaderFault(detail: "layer \(index) (\(layer.kind)): \(error.detail)")
            }
        }
        return Model(
            name: name, licence: licence, checksum: checksum, features: features.parameters,
            labels: labels, groups: groups ?? [], tracking: thresholds,
            framesPerStep: framesPerStep,
            delaySteps: delaySteps, layers: descriptions)
    }
}

extension ModelHeader.Layer {
    func description(
        _ tensors: inout TensorReader, bands: Int
    ) throws(HeaderFault) -> LayerDescription {
        switch kind {
        case "level": return try level()
        case "normalise":
            let mean = try require(mean, "mean")
            let shape = mean.shape.first == bands && mean.shape.count == 2 ? mean.shape : [bands]
            return .normalise(
                mean: try tensors.read(mean, shape: shape),
                scale: try tensors.read(require(scale, "scale"), shape: shape))
        case "conv":
            let (inputs, outputs) = (try require(`in`, "in"), try require(out, "out"))
            return .convolution(
                try convolution(&tensors, channels: [inputs, outputs], outputs: outputs),
                inputs: inputs, outputs: outputs)
        case "depthwise":
            let channels = try require(channels, "channels")
            return .depthwise(
                try convolution(&tensors, channels: [channels], outputs: channels),
                channels: channels)
        case "flatten": return .flatten
        case "add": return .add(from: try require(from, "from"), rectified: relu ?? false)
        case "sigmoid": return .sigmoid
        default: throw HeaderFault(detail: "no such kind of layer")
        }
    }

    private func level() throws(HeaderFault) -> LayerDescription {
        let coefficient = try require(coefficient, "coefficient")
        for (name, value) in [
            ("coefficient", coefficient), ("band_coefficient", bandCoefficient ?? coefficient),
        ] where !(value > 0 && value <= 1) {
            throw HeaderFault(detail: "\"\(name)\" is \(value); accepted: more than 0, up to 1")
        }
        let floor = try require(floor, "floor")
        guard (-1_000...1_000).contains(floor) else {
            throw HeaderFault(detail: "\"floor\" is \(floor); accepted: -1000 to 1000")
        }
        return .level(
            coefficient: coefficient, bandCoefficient: bandCoefficient, floor: floor)
    }

    private func convolution(
        _ tensors: inout TensorReader, channels: [Int], outputs: Int
    ) throws(HeaderFault) -> Convolution {
        let kernel = try pair(kernel, "kernel", atLeast: 1)
        let stride = try pair(stride, "stride", atLeast: 1)
        let pad = try pair(pad, "pad", atLeast: 0)
        let dilation = try require(dilation, "dilation")
        guard dilation >= 1, dilation <= 4_096 else {
            throw HeaderFault(detail: "dilation \(dilation), accepted: 1 to 4096")
        }
        let result = Convolution(
            kernelTime: kernel[0], kernelBand: kernel[1], strideTime: stride[0],
            strideBand: stride[1], dilation: dilation, padLow: pad[0], padHigh: pad[1],
            rectified: try require(relu, "relu"),
            weight: try tensors.read(require(weight, "weight"), shape: kernel + channels),
            bias: try tensors.read(require(bias, "bias"), shape: [outputs]))
        guard result.historyFrames >= 0 else {
            throw HeaderFault(detail: "a time stride of \(stride[0]) skips frames")
        }
        return result
    }

    private func pair(
        _ value: [Int]?, _ name: String, atLeast minimum: Int
    ) throws(HeaderFault) -> [Int] {
        let numbers = try require(value, name)
        guard numbers.count == 2, numbers.allSatisfy({ (minimum...4_096).contains($0) }) else {
            throw HeaderFault(
                detail: "\(name) \(numbers), accepted: two numbers from \(minimum) to 4096")
        }
        return numbers
    }

    private func require<Value>(_ value: Value?, _ name: String) throws(HeaderFault) -> Value {
        guard let value else { throw HeaderFault(detail: "\"\(name)\" is missing") }
        return value
    }
}
