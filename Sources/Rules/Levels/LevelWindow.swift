internal import LevelTypes
internal import Timekeeping

/// The levels of one source in a window.
struct LevelWindow: Sendable {
    /// What seconds amount to: how much was measured and counts, how much was left out because of
    /// its labels, and the sum and the greatest of their powers, on the scale of the bounds.
    private struct Sum: Mergeable {
        var counted = 0.0
        var leftOut = 0.0
        var power = 0.0
        var greatest = 0.0

        mutating func merge(_ newer: Sum) {
            counted += newer.counted
            leftOut += newer.leftOut
            power += newer.power
            greatest = max(greatest, newer.greatest)
        }
    }

    let measure: LevelMeasure
    private let isMaximum: Bool
    /// The mean or the greatest power, or that of a percentile; `nil` where nothing counts.
    private var power: Double?
    /// The share of the window, without what is left out, whose levels are known.
    private(set) var coverage = 0.0
    /// The share of the window that is left out.
    private var leftOut = 0.0
    /// The last scale, and what turns its powers into those of the bounds.
    private var known: (scale: LevelScale, gain: Double?)?
    private var seconds: SlidingWindow<Sum>
    private var minutes: SlidingWindow<LevelHistogram>

    init(_ measure: LevelMeasure) {
        self.measure = measure
        isMaximum = measure.quantity.isMaximum
        seconds = SlidingWindow(length: Int64(measure.windowSeconds))
        minutes = SlidingWindow(length: Int64(measure.windowSeconds))
    }

    /// - Parameter isLeftOut: whether the labels that were heard in it keep it from counting
    mutating func push(_ second: LevelSecond, isLeftOut: Bool) {
        seconds.push(sum(of: second, isLeftOut), at: second.start.microseconds / 1_000_000)
        guard let sum = seconds.total else { return }
        let length = Double(measure.windowSeconds)
        power = sum.counted > 0 ? isMaximum ? sum.greatest : sum.power / sum.counted : nil
        coverage = sum.leftOut < length ? sum.counted / (length - sum.leftOut) : 0
        leftOut = sum.leftOut / length
    }

    private mutating func sum(of second: LevelSecond, _ isLeftOut: Bool) -> Sum {
        // In decibels of another kind, it is as if nothing had been measured.
        guard let gain = gain(second.scale) else { return Sum() }
        guard !isLeftOut else { return Sum(leftOut: second.seconds) }
        guard let power = measure.quantity.power(of: second) else { return Sum() }
        return Sum(counted: second.seconds, power: power * gain, greatest: power * gain)
    }

    mutating func push(_ histogram: LevelHistogram, minute: UTCTime, scale: LevelScale) {
        let gain = gain(scale)
        minutes.push(
            gain.map { histogram.amplified(byDecibels: Decibels.level(power: $0)) }
                ?? LevelHistogram(), at: minute.microseconds / 1_000_000)
        guard case .percentile(let percent) = measure.quantity else { return }
        let total = minutes.total
        power = total?.exceeded(percent: percent).map { Decibels.power(level: $0) }
        // LAF is sampled 100 times a second.
        coverage = Double(total?.count ?? 0) / Double(measure.windowSeconds * 100)
    }

    /// The clock was set.
    mutating func move(bySeconds step: Double) {
        seconds.move(by: Int64(step.rounded()))
        minutes.move(by: Int64(step.rounded()))
    }

    /// The level, in dB; `nil` where nothing counts.
    var level: Double? { power.map { Decibels.level(power: $0) } }

    /// Whether the level is beyond a bound.
    func truth(_ bound: PowerBound) -> Truth {
        guard let power else {
            // Audio was heard, but nothing of what is asked for.
            let isWithoutRequired =
                !measure.required.isEmpty && leftOut >= LevelCondition.minimumCoverage
            return isWithoutRequired ? .fails : .unknown
        }
        let holds = bound.accepts(power)
        // What was loud once was loud, whatever else is missing.
        if isMaximum, holds, bound.isLower { return .holds }
        let isKnown = !measure.required.isEmpty || coverage >= LevelCondition.minimumCoverage
        return isKnown ? Truth(holds) : .unknown
    }

    /// What turns powers into those of the bounds; `nil` if nothing does.
    private mutating func gain(_ scale: LevelScale) -> Double? {
        if measure.isRelative { return 1 }
        if let known, known.scale == scale { return known.gain }
        let gain =
            scale.state == .uncalibrated ? nil : Decibels.power(level: scale.fullScaleDecibels)
        known = (scale, gain)
        return gain
    }
}

extension LevelHistogram: Mergeable {}
