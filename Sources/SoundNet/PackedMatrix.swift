internal import CSoundNetKernels
internal import ModelFormat

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

    /// Values of whole panels for so many outputs.
    private static func padded(_ outputs: Int) -> Int {
        (outputs + panel - 1) / panel * panel
    }

    /// Takes no memory but that of the matrix: a few narrow columns fill whole panels.
    ///
    /// - Parameters:
    ///   - weight: [inputs][outputs]
    ///   - bias: [outputs]
    init(weight: [Float], bias: [Float], inputs: Int, outputs: Int) {
        precondition(weight.count == inputs * outputs && bias.count == outputs)
        precondition(Self.panel == Convolution.panelOutputs, "the panels of the kernels")
        self.inputs = inputs
        self.outputs = outputs
        let panels = Self.padded(outputs) / Self.panel
        let blocks = (inputs + Self.block - 1) / Self.block
        self.bias = bias + Array(repeating: 0, count: Self.padded(outputs) - outputs)
        let byteCount = Convolution.packedBytes(inputs: inputs, outputs: outputs)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        let count = byteCount / MemoryLayout<Int32>.stride
        // SAFETY: just allocated for as many words as there are.
        unsafe words = raw.bindMemory(to: Int32.self, capacity: count)
        unsafe words.initialize(repeating: 0, count: count)
        var scale: [Float] = []
        scale.reserveCapacity(blocks * Self.padded(outputs))
        for panel in 0..<panels {
            let first = panel * Self.panel
            let columns = first..<min(first + Self.panel, outputs)
            for block in 0..<blocks {
                let rows = block * Self.block..<min((block + 1) * Self.block, inputs)
                let steps = Self.steps(weight, rows, columns, outputs: outputs)
                scale += steps.map { Float($0 / 65_536) }
                for row in rows {
                    let start = row * outputs + columns.lowerBound
                    // SAFETY: the words of this panel and row are the 16 from here on.
                    unsafe Self.pack(
                        weight[start..<start + columns.count], steps,
                        words + (panel * inputs + row) * Self.half)
                }
            }
        }
        self.scale = scale
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

    /// What one step of the integer is worth, for each output of a panel in a block of inputs,
    /// [32]; 0 for one without weights there. `weight` is [inputs][outputs].
    private static func steps(
        _ weight: [Float], _ rows: Range<Int>, _ columns: Range<Int>, outputs: Int
    ) -> [Double] {
        var largest = [Float](repeating: 0, count: panel)
        for row in rows {
            for (index, column) in columns.enumerated() {
                largest[index] = max(largest[index], abs(weight[row * outputs + column]))
            }
        }
        return largest.map { Double($0) / largestInteger }
    }

    /// Writes the words of one input, [16], from its weights of a panel, up to 32, and their steps.
    private static func pack(
        _ weights: ArraySlice<Float>, _ steps: [Double], _ words: UnsafeMutablePointer<Int32>
    ) {
        func inSteps(_ index: Int) -> Double {
            guard index < weights.count, steps[index] > 0 else { return 0 }
            return Double(weights[weights.startIndex + index]) / steps[index]
        }
        for index in 0..<half {
            // SAFETY: the caller vouches for 16 words.
            unsafe words[index] = word(low: inSteps(index), high: inSteps(index + half))
        }
    }

    /// Two weights in a word. When the upper one is read, the lower one is a fraction of its step:
    /// the upper one is rounded so that the two together come close.
    private static func word(low: Double, high: Double) -> Int32 {
        let lowBits = UInt16(bitPattern: Int16(low.rounded()))
        let upper = Int16((high - Double(lowBits) / 65_536).rounded())
        return Int32(upper) << 16 | Int32(lowBits)
    }
}
