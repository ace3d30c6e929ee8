internal import Glibc

/// Logistic regression with an L2 penalty, by L-BFGS (Nocedal and Wright, Numerical Optimization,
/// 2006, algorithms 7.4 and 7.5) with a backtracking line search (3.1). Deterministic.
///
/// It minimises the sum over the rows of weight · ln(1 + exp(−sign · w·x)), plus the sum over the
/// values of penalty · w² / 2.
struct LogisticRegression {
    typealias Lanes = EmbeddingTable.Lanes

    private static let maximumIterations = 60
    /// How many pairs of steps and gradient changes are remembered.
    private static let memory = 8
    /// The share of the initial gradient at which the fit is good enough.
    private static let tolerance: Float = 1e-3
    /// A step has to achieve at least this share of what the slope promises.
    private static let sufficientDecrease: Float = 1e-4

    /// What a head is fitted to; the last value of each row is the constant 1.
    let rows: EmbeddingTable
    /// 1 where the taught sound is heard, −1 elsewhere, [rows]
    let signs: [Float]
    /// [rows]; rows of weight 0 are left out
    let weights: [Float]
    /// [stride]
    let penalty: [Lanes]

    private struct Pair {
        let step: [Lanes]
        let change: [Lanes]
        let curvature: Float
    }

    /// The weights of the minimum, [stride].
    func fit() -> [Lanes] {
        var point = [Lanes](repeating: .zero, count: rows.stride)
        var (loss, gradient) = evaluate(point)
        var pairs: [Pair] = []
        let enough = Self.tolerance * Self.tolerance * Self.dot(gradient, gradient)
        for _ in 0..<Self.maximumIterations where Self.dot(gradient, gradient) > enough {
            let direction = Self.direction(gradient, pairs)
            guard let next = search(from: point, loss, gradient, along: direction) else { break }
            let change = zip(next.gradient, gradient).map { $0 - $1 }
            let step = zip(next.point, point).map { $0 - $1 }
            let curvature = Self.dot(step, change)
            if curvature > 0 {
                pairs = pairs.suffix(Self.memory - 1)
                pairs.append(Pair(step: step, change: change, curvature: curvature))
            }
            (point, loss, gradient) = (next.point, next.loss, next.gradient)
        }
        return point
    }

    /// Loss and gradient at a point.
    private func evaluate(_ point: [Lanes]) -> (Float, [Lanes]) {
        var loss = 0.0
        var gradient = zip(penalty, point).map { $0 * $1 }
        for lane in zip(gradient, point) { loss += Double((lane.0 * lane.1).sum()) / 2 }
        for row in 0..<rows.count where weights[row] > 0 {
            let margin = signs[row] * rows.dot(row, point)
            let tail = exp(-abs(margin))
            loss += Double(weights[row] * (log1p(tail) + max(-margin, 0)))
            let probability = margin > 0 ? tail / (1 + tail) : 1 / (1 + tail)
            rows.add(row, times: -signs[row] * weights[row] * probability, to: &gradient)
        }
        return (Float(loss), gradient)
    }

    /// The two-loop recursion: minus the gradient times what is known about the inverse Hessian.
    private static func direction(_ gradient: [Lanes], _ pairs: [Pair]) -> [Lanes] {
        var result = gradient.map { -$0 }
        var factors: [Float] = []
        for pair in pairs.reversed() {
            let factor = dot(pair.step, result) / pair.curvature
            factors.append(factor)
            add(pair.change, times: -factor, to: &result)
        }
        if let last = pairs.last {
            let scale = last.curvature / dot(last.change, last.change)
            result = result.map { $0 * scale }
        } else {
            // Nothing is known yet: a short step, which the search cannot lengthen.
            let scale = 1 / max(dot(gradient, gradient).squareRoot(), .leastNormalMagnitude)
            result = result.map { $0 * scale }
        }
        for (pair, factor) in zip(pairs, factors.reversed()) {
            let correction = dot(pair.change, result) / pair.curvature
            add(pair.step, times: factor - correction, to: &result)
        }
        return result
    }

    /// The first of ever shorter steps that achieves enough; `nil` if none does.
    private func search(
        from point: [Lanes], _ loss: Float, _ gradient: [Lanes], along direction: [Lanes]
    ) -> (point: [Lanes], loss: Float, gradient: [Lanes])? {
        let slope = Self.dot(gradient, direction)
        guard slope < 0 else { return nil }
        var length: Float = 1
        while length > 1e-6 {
            var next = point
            Self.add(direction, times: length, to: &next)
            let (nextLoss, nextGradient) = evaluate(next)
            if nextLoss <= loss + Self.sufficientDecrease * length * slope {
                return (next, nextLoss, nextGradient)
            }
            length /= 2
        }
        return nil
    }

    private static func dot(_ left: [Lanes], _ right: [Lanes]) -> Float {
        zip(left, right).reduce(Lanes.zero) { $0 + $1.0 * $1.1 }.sum()
    }

    private static func add(_ lanes: [Lanes], times factor: Float, to sum: inout [Lanes]) {
        for piece in sum.indices { sum[piece] += factor * lanes[piece] }
    }
}
