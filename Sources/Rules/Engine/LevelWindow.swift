internal import Glibc
internal import LevelTypes
internal import Timekeeping

/// What a level condition knows of one source: the levels of its window.
struct LevelWindow: Sendable {
    /// What seconds amount to: how much was measured and counts, how much was left out because of
    /// its labels, and the sum of exposures or the greatest power, on the scale of the bound.
    private struct Sum: Sendable {
        var counted = 0.0
        var leftOut = 0.0
        var power = 0.0
    }

    private let condition: LevelCondition
    private let boundPower: Double
    /// The last scale, and what turns its powers into those of the bound.
    private var known: (scale: LevelScale, gain: Double?)?
    private var seconds: SlidingWindow<Sum>
    private var minutes: SlidingWindow<LevelHistogram>

    init(_ condition: LevelCondition) {
        self.condition = condition
        boundPower = Decibels.power(level: condition.bound.decibels)
        let isMaximum = condition.quantity.isMaximum
        seconds = SlidingWindow(length: Int64(condition.windowSeconds)) { left, right in
            Sum(
                counted: left.counted + right.counted, leftOut: left.leftOut + right.leftOut,
                power: isMaximum ? max(left.power, right.power) : left.power + right.power)
        }
        minutes = SlidingWindow(length: Int64(condition.windowSeconds)) { left, right in
            var sum = left
            sum.merge(right)
            return sum
        }
    }

    /// - Parameter isLeftOut: whether the labels that were heard in it keep it from counting
    /// - Returns: what is known then
    @discardableResult
    mutating func push(_ second: LevelSecond, isLeftOut: Bool) -> Truth {
        let time = second.start.microseconds / 1_000_000
        guard let gain = gain(second.scale) else {
            // In decibels of another kind, it is as if nothing had been measured.
            seconds.push(Sum(), at: time)
            return truth
        }
        let power = condition.quantity.power(of: second)
        let sum =
            isLeftOut || power == nil
            ? Sum(leftOut: isLeftOut ? second.seconds : 0)
            : Sum(counted: second.seconds, power: (power ?? 0) * gain)
        seconds.push(sum, at: time)
        return truth
    }

    mutating func push(_ histogram: LevelHistogram, minute: UTCTime, scale: LevelScale) {
        let time = minute.microseconds / 1_000_000
        guard let gain = gain(scale) else {
            minutes.push(LevelHistogram(), at: time)
            return
        }
        minutes.push(histogram.amplified(byDecibels: Decibels.level(power: gain)), at: time)
    }

    /// The clock was set.
    mutating func move(bySeconds step: Double) {
        seconds.move(by: Int64(step.rounded()))
        minutes.move(by: Int64(step.rounded()))
    }

    /// The level, in dB; `nil` where nothing counts.
    var level: Double? {
        if case .percentile(let percent) = condition.quantity {
            return minutes.total?.exceeded(percent: percent)
        }
        guard let sum = seconds.total, sum.counted > 0 else { return nil }
        return Decibels.level(
            power: condition.quantity.isMaximum ? sum.power : sum.power / sum.counted)
    }

    /// The share of the window, without what is left out, whose levels are known.
    var coverage: Double {
        if case .percentile = condition.quantity {
            // LAF is sampled 100 times a second.
            return Double(minutes.total?.count ?? 0) / Double(condition.windowSeconds * 100)
        }
        guard let sum = seconds.total else { return 0 }
        let eligible = Double(condition.windowSeconds) - sum.leftOut
        return eligible > 0 ? sum.counted / eligible : 0
    }

    var truth: Truth {
        guard let holds = isAccepted else { return isWithoutRequired ? .fails : .unknown }
        // What was loud once was loud, whatever else is missing.
        if condition.quantity.isMaximum, holds, case .above = condition.bound { return .holds }
        let isKnown =
            !condition.required.isEmpty || coverage >= LevelCondition.minimumCoverage
        return isKnown ? Truth(holds) : .unknown
    }

    /// Whether the level is beyond the bound; `nil` where nothing counts. No logarithm is taken of
    /// powers: this is asked for each rule and second.
    private var isAccepted: Bool? {
        guard !condition.quantity.isPercentile else {
            return level.map { condition.bound.accepts($0) }
        }
        guard let sum = seconds.total, sum.counted > 0 else { return nil }
        let power = condition.quantity.isMaximum ? sum.power : sum.power / sum.counted
        return switch condition.bound {
        case .above: power > boundPower
        case .below: power < boundPower
        }
    }

    /// Whether audio was heard, but nothing of what is asked for.
    private var isWithoutRequired: Bool {
        guard !condition.required.isEmpty, let sum = seconds.total else { return false }
        return sum.leftOut / Double(condition.windowSeconds) >= LevelCondition.minimumCoverage
    }

    /// What turns powers into those of the bound; `nil` if nothing does.
    private mutating func gain(_ scale: LevelScale) -> Double? {
        if condition.isRelative { return 1 }
        if let known, known.scale == scale { return known.gain }
        let gain =
            scale.state == .uncalibrated ? nil : Decibels.power(level: scale.fullScaleDecibels)
        known = (scale, gain)
        return gain
    }
}

extension LevelCondition.Quantity {
    var isMaximum: Bool { self == .lafMaximum || self == .lcPeak }

    /// Whether it is taken from the histograms of minutes.
    var isPercentile: Bool {
        if case .percentile = self { true } else { false }
    }

    /// Exposure, or greatest power, relative to full scale; `nil` if it is not measured.
    fileprivate func power(of second: LevelSecond) -> Double? {
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

extension LevelCondition.Bound {
    var decibels: Double {
        switch self {
        case .above(let level), .below(let level): level
        }
    }

    func accepts(_ level: Double) -> Bool {
        switch self {
        case .above(let bound): level > bound
        case .below(let bound): level < bound
        }
    }
}
