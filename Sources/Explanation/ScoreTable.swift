internal import Tracking

/// The scores of all labels over a stretch of time, and the same as the tracker smooths them.
public struct ScoreTable: Sendable, Hashable {
    public let labels: [String]
    public let stepSeconds: Double
    /// [steps][labels], 0 to 1
    public private(set) var values: [Float] = []

    public init(labels: [String], stepSeconds: Double) {
        self.labels = labels
        self.stepSeconds = stepSeconds
    }

    public var stepCount: Int { values.count / labels.count }

    /// Adds a step, [labels].
    public mutating func append(_ scores: Span<Float>) {
        precondition(scores.count == labels.count)
        for index in 0..<scores.count { values.append(scores[index]) }
    }

    /// The scores of one label, [steps].
    public func curve(of label: Int) -> [Float] {
        stride(from: label, to: values.count, by: labels.count).map { values[$0] }
    }

    /// The scores of one label, smoothed as the tracker does, [steps].
    public func smoothedCurve(of label: Int, seconds: Double) -> [Float] {
        var filter = MedianFilter(seconds: seconds, stepSeconds: stepSeconds)
        var smoothed = curve(of: label).compactMap { filter.next($0) }
        while let score = filter.drain() { smoothed.append(score) }
        return smoothed
    }
}
