public import SoundTypes

extension ScoreTable {
    /// A label and the step at which to explain it.
    public struct Choice: Sendable, Hashable {
        /// An index of `labels`.
        public var label: Int
        public var step: Int

        public init(label: Int, step: Int) {
            self.label = label
            self.step = step
        }
    }

    /// The label and the step at which a smoothed score is highest above its threshold; only in
    /// `steps`, and only for one label, where these are given. `nil` if there is no step.
    ///
    /// - Parameter parameters: [labels]
    public func strongest(
        parameters: [LabelParameters], label: Int? = nil, in steps: Range<Int>? = nil
    ) -> Choice? {
        let steps = (steps ?? 0..<stepCount).clamped(to: 0..<stepCount)
        var best: (choice: Choice, excess: Float)?
        for index in label.map({ $0..<($0 + 1) }) ?? labels.indices {
            let curve = smoothedCurve(of: index, seconds: parameters[index].smoothingSeconds)
            for step in steps {
                let excess = curve[step] - parameters[index].onThreshold
                if excess > best?.excess ?? -.infinity {
                    best = (Choice(label: index, step: step), excess)
                }
            }
        }
        return best?.choice
    }

    /// The curves of a label and of the others whose smoothed scores are highest at a step, over
    /// some of the steps.
    ///
    /// - Parameter parameters: [labels]
    public func curves(
        _ choice: Choice, rivals count: Int, over steps: Range<Int>, parameters: [LabelParameters]
    ) -> [Evidence.Curve] {
        let all = labels.indices.map { index in
            (
                index: index,
                smoothed: smoothedCurve(of: index, seconds: parameters[index].smoothingSeconds)
            )
        }
        let rivals = all.filter { $0.index != choice.label }
            .sorted { $0.smoothed[choice.step] > $1.smoothed[choice.step] }.prefix(count)
        return ([all[choice.label]] + rivals).map { index, smoothed in
            Evidence.Curve(
                label: labels[index], scores: Array(curve(of: index)[steps]),
                smoothed: Array(smoothed[steps]))
        }
    }
}
