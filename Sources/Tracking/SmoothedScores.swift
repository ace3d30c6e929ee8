public import SoundTypes

/// The scores of all labels as they are settled: each through the median filter of its label. A
/// step comes out when the longest filter has come as far.
public struct SmoothedScores: Sendable {
    /// A step with the scores of all labels.
    public struct Step: Sendable, Hashable {
        public var start: Int64
        public var end: Int64
        /// [labels]
        public var scores: [Float]
    }

    private var filters: [MedianFilter]
    private var waiting: [[Float]]  // [labels], filtered scores that have not come out
    private var times: [(start: Int64, end: Int64)] = []

    /// - Parameter parameters: [labels]
    public init(parameters: [LabelParameters], stepSeconds: Double) {
        filters = parameters.map {
            MedianFilter(seconds: $0.smoothingSeconds, stepSeconds: stepSeconds)
        }
        waiting = Array(repeating: [], count: parameters.count)
    }

    /// Takes the scores of the next step, [labels]; returns the step that they complete.
    public mutating func next(_ scores: Span<Float>, start: Int64, end: Int64) -> Step? {
        times.append((start, end))
        for label in filters.indices {
            if let score = filters[label].next(scores[label]) { waiting[label].append(score) }
        }
        return first()
    }

    /// After the last step: the next one that is still to come, until there is none.
    public mutating func drain() -> Step? {
        for label in filters.indices where waiting[label].isEmpty {
            if let score = filters[label].drain() { waiting[label].append(score) }
        }
        return first()
    }

    private mutating func first() -> Step? {
        guard !times.isEmpty, waiting.allSatisfy({ !$0.isEmpty }) else { return nil }
        let (start, end) = times.removeFirst()
        return Step(
            start: start, end: end, scores: waiting.indices.map { waiting[$0].removeFirst() })
    }
}
