import TestSupport
import Testing

@testable import SoundNet

/// The packed product against the product itself, in double precision.
@Suite struct PackedMatrixTests {
    /// Around the ends of panels, blocks, pairs of inputs and pairs of rows.
    @Test(arguments: [1, 2, 3, 63, 64, 65, 129], [1, 15, 16, 17, 32, 33, 64, 79])
    func multipliesEverySize(inputs: Int, outputs: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let weight = (0..<inputs * outputs).map { _ in Float.random(in: -2...2, using: &random) }
        let bias = (0..<outputs).map { _ in Float.random(in: -1...1, using: &random) }
        let matrix = PackedMatrix(weight: weight, bias: bias, inputs: inputs, outputs: outputs)
        for rows in 1...3 {
            let input = (0..<rows * inputs).map { _ in Float.random(in: -3...3, using: &random) }
            for rectified in [false, true] {
                var product = [Float](repeating: .nan, count: rows * outputs + 1)
                matrix.multiply(input, rows: rows, rectified: rectified, &product)
                #expect(product.last?.isNaN == true, "wrote behind the end")
                for (index, value) in product.dropLast().enumerated() {
                    let (row, output) = (index / outputs, index % outputs)
                    var (exact, sum) = (Double(bias[output]), 0.0)
                    for i in 0..<inputs {
                        let x = Double(input[row * inputs + i])
                        exact += x * Double(weight[i * outputs + output])
                        sum += abs(x)
                    }
                    if rectified { exact = max(exact, 0) }
                    // A weight is off by at most 2⁻¹⁶ of the largest, which is 2.
                    #expect(abs(Double(value) - exact) <= sum * 2 / 65_536 + 1e-5, "seed \(seed)")
                }
            }
        }
    }

    @Test func anOutputWithoutWeightsIsItsBias() {
        let matrix = PackedMatrix(weight: [0, 1, 0, 1], bias: [0.5, 0], inputs: 2, outputs: 2)
        var product: [Float] = [0, 0]
        matrix.multiply([3, 4], rows: 1, rectified: false, &product)
        #expect(product[0] == 0.5)
        #expect(abs(product[1] - 7) <= 1e-4)
    }

    /// A large weight leaves those of other blocks of inputs as fine as they were.
    @Test func oneLargeWeightMakesFewOthersCoarse() {
        var weight = [Float](repeating: 0.001, count: 128)
        weight[0] = 100
        let matrix = PackedMatrix(weight: weight, bias: [0], inputs: 128, outputs: 1)
        var input = [Float](repeating: 0, count: 128)
        var product: [Float] = [0]
        input[1] = 1
        matrix.multiply(input, rows: 1, rectified: false, &product)
        #expect(abs(product[0] - 0.001) <= 100 / 65_536)
        (input[1], input[64]) = (0, 1)
        matrix.multiply(input, rows: 1, rectified: false, &product)
        #expect(abs(product[0] - 0.001) <= 0.001 / 65_536)
    }

    /// The extremes of both weights in a word.
    @Test func holdsTheLargestWeights() {
        var weight = [Float](repeating: 0, count: 32)
        for (low, high) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] as [(Float, Float)] {
            (weight[0], weight[16]) = (low, high)
            let matrix = PackedMatrix(
                weight: weight, bias: [Float](repeating: 0, count: 32), inputs: 1, outputs: 32)
            var product = [Float](repeating: 0, count: 32)
            matrix.multiply([1], rows: 1, rectified: false, &product)
            #expect(abs(product[0] - low) <= 1 / 65_536 && abs(product[16] - high) <= 1 / 65_536)
        }
    }
}
