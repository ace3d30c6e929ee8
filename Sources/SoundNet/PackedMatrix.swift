internal import CSoundNetKernels
internal import HostSystem

/// The weights of a product as 16-bit integers with a scale for each output and block of inputs, as
/// the kernels read them; `soundnet_matrix` shows the layout. A weight is off by at most 2⁻¹⁶ of
/// the largest one of its output in its block.
@safe final class PackedMatrix {
    private static let panel = Int(SOUNDNET_PANEL)
    private static let half = panel / 2
    private static let block = Int(SOUNDNET_BLOCK)
    /// The largest value of a weight: one less than 16 bits hold, to leave room for what is below
    /// the upper of two in a word.
    private static let largestInteger = 32_766.0

    let inputs: Int
    let outputs: Int
    private let words: UnsafeMutablePointer<Int32>  // [panels][inputs][16]
    private let scale: [Float]  // [panels][blocks][32]
    private let bias: [Float]  // [panels * 32]

    /// - Parameters:
    ///   - weight: [inputs][outputs]
    ///   - bias: [outputs]
    init(weight: [Float], bias: [Float], inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
        let panels = (outputs + Self.panel - 1) / Self.panel
        let blocks = (inputs + Self.block - 1) / Self.block
        /// [inputs][panels * 32]
        let padded = Self.padded(weight, from: outputs, to: panels * Self.panel)
        let steps = (0..<panels).map { panel in
            (0..<blocks).map { Self.steps(padded, panel: panel, block: $0, panels: panels) }
        }
        scale = steps.flatMap { $0.flatMap { $0.map { Float($0 / 65_536) } } }
        self.bias = Self.padded(bias, from: outputs, to: panels * Self.panel)
        let packed = (0..<panels).flatMap { panel in
            (0..<inputs).flatMap { input in
                let first = (input * panels + panel) * Self.panel
                return Self.words(
                    padded[first..<first + Self.panel],
                    steps: steps[panel][input / Self.block])
            }
        }
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: packed.count * MemoryLayout<Int32>.stride, alignment: 64)
        // SAFETY: just allocated for this many words.
        unsafe words = raw.bindMemory(to: Int32.self, capacity: packed.count)
        for index in packed.indices { unsafe (words + index).initialize(to: packed[index]) }
    }

    deinit { unsafe words.deallocate() }

    /// Writes the product of each row of `input`, [rows][inputs], to `output`, [rows][outputs].
    func multiply(
        _ input: UnsafePointer<Float>, rows: Int, rectified: Bool,
        _ output: UnsafeMutablePointer<Float>
    ) {
        // SAFETY: the matrix lives as long as the call; its arrays have the lengths the kernel asks
        // for, and the caller vouches for input and output.
        unsafe scale.withUnsafeBufferPointer { scale in
            unsafe bias.withUnsafeBufferPointer { bias in
                var matrix = unsafe soundnet_matrix(
                    in: inputs, out: outputs, words: words, scale: scale.baseAddress,
                    bias: bias.baseAddress)
                unsafe soundnet_multiply(input, inputs, rows, &matrix, rectified, output)
            }
        }
    }

    /// Rows of `width` values, each padded with zeros to `newWidth`.
    private static func padded(_ rows: [Float], from width: Int, to newWidth: Int) -> [Float] {
        let padding = [Float](repeating: 0, count: newWidth - width)
        return stride(from: 0, to: rows.count, by: width).flatMap {
            rows[$0..<$0 + width] + padding
        }
    }

    /// What one step of the integer is worth, for each output of a panel in a block of inputs; 0
    /// for an output without weights there. `padded` is [inputs][panels * 32].
    private static func steps(
        _ padded: [Float], panel: Int, block: Int, panels: Int
    ) -> [Double] {
        let width = panels * Self.panel
        let end = min((block + 1) * Self.block * width, padded.count)
        return (0..<Self.panel).map { output in
            let first = block * Self.block * width + panel * Self.panel + output
            let largest = stride(from: first, to: end, by: width).reduce(0.0) {
                max($0, abs(Double(padded[$1])))
            }
            return largest / largestInteger
        }
    }

    /// The words of one input, [16], from the weights of a panel, [32], and their steps.
    private static func words(_ weights: ArraySlice<Float>, steps: [Double]) -> [Int32] {
        let inSteps = zip(weights, steps).map { $1 > 0 ? Double($0) / $1 : 0 }
        return (0..<half).map { word(low: inSteps[$0], high: inSteps[$0 + half]) }
    }

    /// Two weights in a word. When the upper one is read, the lower one is a fraction of its step:
    /// the upper one is rounded so that the two together come close.
    private static func word(low: Double, high: Double) -> Int32 {
        let lowBits = UInt16(bitPattern: Int16(low.rounded()))
        let upper = Int16((high - Double(lowBits) / 65_536).rounded())
        return Int32(upper) << 16 | Int32(lowBits)
    }
}
