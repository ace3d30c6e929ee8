/// What a level condition measures. Rules that differ in their bounds alone share a window.
struct LevelMeasure: Sendable, Hashable {
    /// What its window is made of.
    enum Unit: Sendable {
        case seconds
        /// Seconds chosen by the labels that were heard in them.
        case labelledSeconds
        /// The histograms of minutes.
        case minutes
    }

    let quantity: LevelCondition.Quantity
    let windowSeconds: Int
    let isRelative: Bool
    let excluded: Set<String>
    let required: Set<String>
    let sources: Set<String>

    init(_ condition: LevelCondition) {
        quantity = condition.quantity
        windowSeconds = condition.windowSeconds
        isRelative = condition.isRelative
        excluded = condition.excluded
        required = condition.required
        sources = condition.sources
    }

    var unit: Unit {
        if quantity.isPercentile { return .minutes }
        return excluded.isEmpty && required.isEmpty ? .seconds : .labelledSeconds
    }

    func isOf(_ source: String) -> Bool { sources.isEmpty || sources.contains(source) }

    /// Whether a second in which these labels were heard does not count.
    func leavesOut(_ heard: Set<String>) -> Bool {
        guard !heard.isEmpty else { return !required.isEmpty }
        return !excluded.isDisjoint(with: heard)
            || !required.isEmpty && required.isDisjoint(with: heard)
    }
}

extension LevelCondition.Quantity {
    var isMaximum: Bool { self == .lafMaximum || self == .lcPeak }

    /// Whether it is taken from the histograms of minutes.
    var isPercentile: Bool {
        if case .percentile = self { true } else { false }
    }

    /// Exposure, or greatest power, relative to full scale; `nil` if it is not measured.
    func power(of second: LevelSecond) -> Double? {
        switch self {
        case .laeq: second.exposureA
        case .lceq: second.exposureC
        case .lzeq: second.exposureZ
        case .lafMaximum: second.fastMaximum
        case .lcPeak: second.peakC * second.peakC
        case .percentile: nil
        case .thirdOctave(let index):
            second.bandExposures.indices.contains(index) ? second.bandExposures[index] : nil
        }
    }
}
