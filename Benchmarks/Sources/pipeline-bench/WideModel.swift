import Foundation

/// A model file like the built-in model, but with a wider trunk, both running levels and random
/// weights, to measure what a larger network would cost.
struct WideModel {
    private var layers: [String] = []
    private var tensors = Data()
    private var state: UInt32 = 1

    private static let widths = [16, 32, 64, 96]
    private static let trunk = 224
    private static let hidden = 224
    private static let labels = 36

    /// The bytes of the file.
    static func bytes() -> [UInt8] {
        var model = WideModel()
        model.addFront()
        model.addTrunk()
        return model.encoded()
    }

    private mutating func addFront() {
        layers.append(
            #"{"kind":"level","coefficient":0.0025,"band_coefficient":0.02,"floor":-27.6}"#)
        addConvolution(2, Self.widths[0], kernel: (3, 5), stride: (2, 2), pad: 2)
        for (index, strideTime) in [2, 1, 1].enumerated() {
            let (inputs, outputs) = (Self.widths[index], Self.widths[index + 1])
            addDepthwise(inputs, kernel: (3, 3), stride: (strideTime, 2), pad: 1)
            addConvolution(inputs, outputs)
        }
        layers.append(#"{"kind":"flatten"}"#)
    }

    private mutating func addTrunk() {
        addConvolution(4 * Self.widths[3], Self.trunk)
        for dilation in [1, 2, 4, 8, 16, 1] {
            let entrance = layers.count - 1
            addDepthwise(Self.trunk, kernel: (5, 1), dilation: dilation)
            addConvolution(Self.trunk, Self.trunk, relu: false)
            layers.append(#"{"kind":"add","from":\#(entrance),"relu":true}"#)
        }
        addConvolution(Self.trunk, Self.hidden)
        addConvolution(Self.hidden, Self.labels, relu: false)
        layers.append(#"{"kind":"sigmoid"}"#)
    }

    private mutating func addConvolution(
        _ inputs: Int, _ outputs: Int, kernel: (Int, Int) = (1, 1), stride: (Int, Int) = (1, 1),
        pad: Int = 0, relu: Bool = true
    ) {
        addLayer(
            #""kind":"conv","in":\#(inputs),"out":\#(outputs)"#, shape: [inputs, outputs],
            outputs: outputs, kernel: kernel, stride: stride, dilation: 1, pad: pad, relu: relu)
    }

    private mutating func addDepthwise(
        _ channels: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1), dilation: Int = 1,
        pad: Int = 0
    ) {
        addLayer(
            #""kind":"depthwise","channels":\#(channels)"#, shape: [channels], outputs: channels,
            kernel: kernel, stride: stride, dilation: dilation, pad: pad, relu: true)
    }

    private mutating func addLayer(
        _ head: String, shape: [Int], outputs: Int, kernel: (Int, Int), stride: (Int, Int),
        dilation: Int, pad: Int, relu: Bool
    ) {
        let weight = addTensor([kernel.0, kernel.1] + shape)
        let bias = addTensor([outputs])
        layers.append(
            """
            {\(head),"kernel":[\(kernel.0),\(kernel.1)],"stride":[\(stride.0),\(stride.1)],\
            "dilation":\(dilation),"pad":[\(pad),\(pad)],"relu":\(relu),\
            "weight":\(weight),"bias":\(bias)}
            """)
    }

    /// Random values that preserve the magnitude of what they are multiplied by.
    private mutating func addTensor(_ shape: [Int]) -> String {
        tensors.append(Data(count: (64 - tensors.count % 64) % 64))
        let offset = tensors.count
        let count = shape.reduce(1, *)
        let largest = (3 / Float(count / (shape.last ?? 1))).squareRoot()
        for _ in 0..<count {
            append((largest * noise()).bitPattern, to: &tensors)
        }
        return #"{"offset":\#(offset),"shape":\#(shape)}"#
    }

    /// -1 to 1, the same in every run (a linear congruential generator; Numerical Recipes, 7.1).
    private mutating func noise() -> Float {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 23) - 1
    }

    private func encoded() -> [UInt8] {
        let labels = (0..<Self.labels).map { #""sound\#($0)""# }.joined(separator: ",")
        let thresholds = [String](repeating: #"{"on":0.5,"off":0.3}"#, count: Self.labels)
        var header = Data(
            """
            {"name":"wide","licence":"CC0-1.0","features":{"window_seconds":0.025,\
            "hop_seconds":0.01,"fft_seconds":0.05,"bands":64,"low_hertz":60,"high_hertz":7500,\
            "mel_scale":"htk","floor":1e-14},"labels":[\(labels)],\
            "thresholds":[\(thresholds.joined(separator: ","))],"frames_per_step":4,\
            "delay_steps":2,"layers":[\(layers.joined(separator: ","))]}
            """.utf8)
        header.append(Data(repeating: 32, count: (64 - (20 + header.count) % 64) % 64))
        let content = header + tensors
        var file = Data("SOUNDNET".utf8)
        append(1, to: &file)
        append(UInt32(header.count), to: &file)
        append(Self.checksum(content), to: &file)
        return Array(file + content)
    }

    private func append(_ value: UInt32, to data: inout Data) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }

    /// CRC-32 of zlib.
    private static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
                value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
            }
        }
    }
}
