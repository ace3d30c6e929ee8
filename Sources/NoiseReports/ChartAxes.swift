internal import HostSystem
internal import Timekeeping

/// Where a moment is on the time axis of a chart.
struct TimeAxis {
    let since: UTCTime
    let until: UTCTime
    let left: Double
    let right: Double

    func x(_ moment: UTCTime) -> Double {
        let share = moment.seconds(since: since) / until.seconds(since: since)
        return left + (right - left) * min(max(share, 0), 1)
    }

    /// Round times of the local clock, as many as fit with their labels.
    func ticks(textWidth: Double) -> [(time: UTCTime, text: String)] {
        let most = (right - left) / textWidth
        let seconds = until.seconds(since: since)
        let step = Self.steps.first { seconds / Double($0) <= most } ?? Self.steps.last ?? 86_400
        let grid = step <= 3_600 ? step : step < 86_400 ? 3_600 : 86_400
        let times = CivilGrid.boundaries(from: since, to: until, every: grid).filter { time in
            guard let local = CivilTime(localOf: time) else { return false }
            return local.secondOfDay % min(step, 86_400) == 0
        }
        let days = max(1, step / 86_400)
        var ticks: [(time: UTCTime, text: String)] = []
        for (index, time) in times.enumerated() where index % days == 0 {
            // An hour that the clock shows twice is closer to the next one; the label of the last
            // tick ends at the tick.
            let space = textWidth * (time == until ? 1.3 : 0.85)
            if let last = ticks.last, x(time) - x(last.time) < space { continue }
            ticks.append((time, text(of: time, isDate: step >= 86_400)))
        }
        return ticks
    }

    private static let steps =
        [60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200]
        + [1, 2, 7, 14, 28, 56, 112, 366].map { $0 * 86_400 }

    /// A time of day; at a midnight within the period, the date.
    private func text(of time: UTCTime, isDate: Bool) -> String {
        guard let local = CivilTime(localOf: time) else { return "" }
        let isInnerMidnight = local.secondOfDay == 0 && time != since && time != until
        return isDate || isInnerMidnight ? String(local.dateText.dropFirst(5)) : local.clockText
    }
}

/// Where a level is on the level axis of a chart.
struct LevelAxis {
    let lowest: Double
    let highest: Double
    let top: Double
    let bottom: Double

    /// An axis from one multiple of 5 dB to another, at least 20 dB long, around the levels. Levels
    /// far below the others, such as digital silence, are cut off.
    init(levels: [Double], top: Double, bottom: Double) {
        let finite = levels.filter(\.isFinite)
        let maximum = finite.max() ?? 60
        let minimum = max(finite.min() ?? 40, maximum - 80)
        let highest = ((maximum + 1) / 5).rounded(.up) * 5
        self.highest = highest
        lowest = min(((minimum - 1) / 5).rounded(.down) * 5, highest - 20)
        self.top = top
        self.bottom = bottom
    }

    func y(_ level: Double) -> Double {
        let share = (min(max(level, lowest), highest) - lowest) / (highest - lowest)
        return bottom - (bottom - top) * share
    }

    /// Multiples of 5 or 10 dB.
    var ticks: [Double] {
        let step = highest - lowest > 45 ? 10.0 : 5
        return Array(
            stride(from: (lowest / step).rounded(.up) * step, through: highest, by: step))
    }
}

extension Drawing {
    /// The lines and labels of a level axis, with its unit above.
    mutating func draw(_ axis: LevelAxis, left: Double, right: Double, unit: String) {
        for level in axis.ticks {
            line(x1: left, y1: axis.y(level), x2: right, y2: axis.y(level), style: "grid")
            text(
                fixedPoint(level, places: 0) ?? "", x: left - 6, y: axis.y(level) + 4,
                anchor: .end)
        }
        text(unit, x: 0, y: axis.top - 10, style: "unit")
    }

    /// The marks and labels of a time axis below a chart.
    mutating func draw(_ scale: TimeAxis, top: Double, bottom: Double) {
        line(x1: scale.left, y1: bottom, x2: scale.right, y2: bottom, style: "axis")
        for tick in scale.ticks(textWidth: size.fontSize * 3.9) {
            let x = scale.x(tick.time)
            line(x1: x, y1: bottom, x2: x, y2: bottom + 5, style: "axis")
            let anchor: Anchor = x > scale.right - 12 ? .end : .middle
            text(tick.text, x: x, y: bottom + 8 + size.fontSize, anchor: anchor)
        }
    }
}
