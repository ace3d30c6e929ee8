internal import LevelTypes

/// Counts levels in the classes of `LevelHistogram` without allocating.
struct HistogramCounts: Sendable {
    private var counts = [UInt32](repeating: 0, count: LevelHistogram.classes.count)
    private var used: ClosedRange<Int>?

    /// Counts a level, given as a power.
    mutating func add(_ power: Double) {
        let level = LevelHistogram.levelClass(of: Decibels.level(power: power))
        let index = level - LevelHistogram.classes.lowerBound
        counts[index] += 1
        let range = used ?? index...index
        used = min(range.lowerBound, index)...max(range.upperBound, index)
    }

    /// Returns what was counted and starts again from zero.
    mutating func take() -> LevelHistogram {
        guard let used else { return LevelHistogram() }
        var entries: [LevelHistogram.Entry] = []
        for index in used where counts[index] > 0 {
            let level = index + LevelHistogram.classes.lowerBound
            entries.append(.init(level: level, count: Int(counts[index])))
            counts[index] = 0
        }
        self.used = nil
        return LevelHistogram(entries: entries)
    }
}
