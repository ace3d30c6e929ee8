internal import CSoundNetKernels

/// Weights of a product as 16-bit integers with a scale for each output, as the kernels read them;
/// `soundnet_matrix` shows the layout. A weight is off by at most 2⁻¹⁶ of the largest of its output.
@safe final class PackedMatrix {
    private static let panel = Int(SOUNDNET_PANEL)
    private static let half = panel / 2
    /// The most that a weight becomes: one less than 16 bits hold, for what lies below the upper
    /// of two in a word.
    private static let largestInteger = 32_766.0

    let inputs: Int
    let outputs: Int
    private let words: UnsafeMutablePointer<Int32>  // [panels][inputs][16]
    private let scale: [Float]  // [panels * 32]
    private let bias: [Float]  // [panels * 32]

    /// - Parameters:
    ///   - weight: [inputs][outputs]
    ///   - bias: [outputs]
    init(weight: [Float], bias: [Float], inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
        let panels = (outputs + Self.panel - 1) / Self.panel
        let steps = Self.steps(weight: weight, outputs: outputs)
        let padding = [Float](repeating: 0, count: panels * Self.panel - outputs)
        scale = steps.map { Float($0 / 65_536) } + padding
        self.bias = bias + padding
        let packed = Self.packed(weight, steps: steps, inputs: inputs, panels: panels)
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: packed.count * MemoryLayout<Int32>.stride, alignment: 64)
        // SAFETY: just allocated for as many words as there are.
        unsafe words = raw.bindMemory(to: Int32.self, capacity: packed.count)
        for index in packed.indices { unsafe (words + index).initialize(to: packed[index]) }
    }

    deinit { unsafe words.deallocate() }

    /// Writes the product of each row of `input`, [rows][inputs], to `output`, [rows][outputs].
    func multiply(
        _ input: UnsafePointer<Float>, rows: Int, rectified: Bool,
        _ output: UnsafeMutablePointer<Float>
    ) {
        // SAFETY: the matrix lives as long as the call; its arrays have the lengths that the
        // kernel asks for, and the caller vouches for input and output.
        unsafe scale.withUnsafeBufferPointer { scale in
            unsafe bias.withUnsafeBufferPointer { bias in
                var matrix = unsafe soundnet_matrix(
                    in: inputs, out: outputs, words: words, scale: scale.baseAddress,
                    bias: bias.baseAddress)
                unsafe soundnet_multiply(input, inputs, rows, &matrix, rectified, output)
            }
        }
    }

    /// What one step of the integer is worth, for each output; 0 for one without weights.
    private static func steps(weight: [Float], outputs: Int) -> [Double] {
        (0..<outputs).map { output in
            let largest = stride(from: output, to: weight.count, by: outputs).reduce(0.0) {
                max($0, abs(Double(weight[$1])))
            }
            return largest / largestInteger
        }
    }

    private static func packed(
        _ weight: [Float], steps: [Double], inputs: Int, panels: Int
    ) -> [Int32] {
        let outputs = steps.count
        /// The weight in steps.
        func value(_ input: Int, _ output: Int) -> Double {
            guard output < outputs, steps[output] > 0 else { return 0 }
            return Double(weight[input * outputs + output]) / steps[output]
        }
        return (0..<panels).flatMap { panel in
            (0..<inputs).flatMap { input in
                (0..<half).map { word in
                    let low = panel * Self.panel + word
                    return Self.word(low: value(input, low), high: value(input, low + half))
                }
            }
        }
    }

    /// Two weights in a word. The lower one is a fraction of the upper one's step when that is read:
    /// the upper one is rounded so that both together come close.
    private static func word(low: Double, high: Double) -> Int32 {
        let lowBits = UInt16(bitPattern: Int16(low.rounded()))
        let upper = Int16((high - Double(lowBits) / 65_536).rounded())
        return Int32(upper) << 16 | Int32(lowBits)
    }
}
