import TestSupport
import Testing

@testable import Teaching

@Suite struct LogisticRegressionTests {
    private typealias Lanes = EmbeddingTable.Lanes

    /// The minimum as scipy.optimize.minimize (BFGS, gtol 1e-10) finds it, scipy 1.17.1.
    @Test func theMinimumIsThatOfScipy() {
        let rows: [[Float]] = [
            [0.5, 1.2, 1], [1.5, -0.3, 1], [-1, 0.4, 1], [-0.2, -1.1, 1], [0.1, 0.9, 1],
            [-0.7, -0.6, 1],
        ]
        var table = EmbeddingTable(size: 3)
        for row in rows { table.append(row.span) }
        let line = LogisticRegression(
            rows: table, signs: [1, 1, -1, -1, 1, -1], weights: [0.2, 0.1, 0.3, 0.2, 0.1, 0.1],
            penalty: [Lanes(0.1, 0.1, 0, 0, 0, 0, 0, 0)]
        ).fit()
        #expect(abs(line[0][0] - 1.321_375_75) < 0.005)
        #expect(abs(line[0][1] - 0.935_610_75) < 0.005)
        #expect(abs(line[0][2] + 0.454_499_77) < 0.005)
    }

    @Test func rowsOfWeightZeroDoNotCount() {
        var random = SeededRandom(seed: 3)
        var all = EmbeddingTable(size: 11)
        var half = EmbeddingTable(size: 11)
        var signs: [Float] = []
        for index in 0..<60 {
            let row = (0..<11).map { _ in Float.random(in: -1...1, using: &random) }
            all.append(row.span)
            signs.append(row[0] + row[10] > 0.2 ? 1 : -1)
            if index < 30 { half.append(row.span) }
        }
        let penalty = [Lanes](repeating: Lanes(repeating: 0.01), count: 2)
        let weights = (0..<60).map { $0 < 30 ? Float(1) / 30 : 0 }
        let left = LogisticRegression(
            rows: all, signs: signs, weights: weights, penalty: penalty
        ).fit()
        let alone = LogisticRegression(
            rows: half, signs: Array(signs[..<30]), weights: Array(weights[..<30]),
            penalty: penalty
        ).fit()
        #expect(left == alone)
        // It learned which values matter.
        let size = (0..<11).map { abs(left[$0 / 8][$0 % 8]) }
        #expect(Set(size.indices.sorted { size[$0] > size[$1] }.prefix(2)) == [0, 10])
    }
}
