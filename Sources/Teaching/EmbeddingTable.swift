/// Embeddings, or what is made from them, one row per step, in pieces of eight values that the
/// processor handles at once. Rows are padded with zeros.
struct EmbeddingTable: Sendable {
    typealias Lanes = SIMD8<Float>

    /// The number of values in a row.
    let size: Int
    /// The number of pieces in a row.
    let stride: Int
    private(set) var count = 0
    /// [count][stride]
    private var lanes: [Lanes] = []

    init(size: Int) {
        self.size = size
        stride = (size + Lanes.scalarCount - 1) / Lanes.scalarCount
    }

    /// Adds a row, [size].
    mutating func append(_ row: Span<Float>) {
        precondition(row.count == size)
        for piece in 0..<stride {
            var lane = Lanes()
            let first = piece * Lanes.scalarCount
            for index in first..<min(first + Lanes.scalarCount, size) {
                lane[index - first] = row[index]
            }
            lanes.append(lane)
        }
        count += 1
    }

    /// The values of a row, [size].
    func row(_ index: Int) -> [Float] {
        (0..<size).map {
            lanes[index * stride + $0 / Lanes.scalarCount][$0 % Lanes.scalarCount]
        }
    }

    /// The sum of the products of a row and `weights`, [stride].
    func dot(_ row: Int, _ weights: [Lanes]) -> Float {
        var sum = Lanes()
        let start = row * stride
        for piece in 0..<stride { sum += lanes[start + piece] * weights[piece] }
        return sum.sum()
    }

    /// Adds a multiple of a row to `sum`, [stride].
    func add(_ row: Int, times factor: Float, to sum: inout [Lanes]) {
        let start = row * stride
        for piece in 0..<stride { sum[piece] += factor * lanes[start + piece] }
    }

    /// Mean and standard deviation of each value, [size] each.
    var moments: (mean: [Float], deviation: [Float]) {
        var sums = [Double](repeating: 0, count: size)
        var squares = sums
        for index in 0..<count {
            for (column, value) in row(index).enumerated() {
                sums[column] += Double(value)
                squares[column] += Double(value) * Double(value)
            }
        }
        let rows = Double(max(count, 1))
        let mean = sums.map { $0 / rows }
        let deviation = zip(squares, mean).map { max($0 / rows - $1 * $1, 0).squareRoot() }
        return (mean.map { Float($0) }, deviation.map { Float($0) })
    }
}
