/// How often a time-weighted level was in each 0.1 dB class: what percentiles are computed from.
/// Histograms of adjacent times can be added; percentiles of percentiles would be wrong.
///
/// Classes are numbered by their lower edge in tenths of a decibel: class 273 holds levels from
/// 27.3 dB up to 27.4 dB.
public struct LevelHistogram: Sendable, Hashable {
    /// Lower levels count as the first class, which stands for digital silence; higher ones as the
    /// last.
    public static let classes = -2_500...2_500

    public struct Entry: Sendable, Hashable {
        /// The lower edge, in tenths of a decibel.
        public var level: Int
        /// The number of samples of the level; 1 or more.
        public var count: Int

        public init(level: Int, count: Int) {
            self.level = level
            self.count = count
        }
    }

    /// The classes that occurred, from the lowest up.
    public private(set) var entries: [Entry]

    /// An empty histogram.
    public init() {
        entries = []
    }

    /// - Parameter entries: classes from the lowest up, each once
    public init(entries: [Entry]) {
        precondition(zip(entries, entries.dropFirst()).allSatisfy { $0.level < $1.level })
        precondition(entries.allSatisfy { $0.count > 0 && Self.classes.contains($0.level) })
        self.entries = entries
    }

    /// The class of a level in dB.
    public static func levelClass(of level: Double) -> Int {
        let tenths = (level * 10).rounded(.down)
        guard tenths > Double(classes.lowerBound) else { return classes.lowerBound }
        return tenths < Double(classes.upperBound) ? Int(tenths) : classes.upperBound
    }

    /// The number of samples of the level.
    public var count: Int { entries.reduce(0) { $0 + $1.count } }

    public mutating func merge(_ other: LevelHistogram) {
        var merged: [Entry] = []
        merged.reserveCapacity(entries.count + other.entries.count)
        var (left, right) = (entries[...], other.entries[...])
        while let first = left.first, let second = right.first {
            if first.level <= second.level { merged.append(left.removeFirst()) }
            if second.level <= first.level {
                right.removeFirst()
                if first.level == second.level {
                    merged[merged.count - 1].count += second.count
                } else {
                    merged.append(second)
                }
            }
        }
        entries = merged + left + right
    }

    /// All levels raised by `gain` dB, which is rounded to a tenth. Digital silence is unchanged.
    public func amplified(byDecibels gain: Double) -> LevelHistogram {
        let shift = Int((gain * 10).rounded())
        var result = LevelHistogram()
        for entry in entries {
            let isSilence = entry.level == Self.classes.lowerBound
            let level = min(
                max(entry.level + (isSilence ? 0 : shift), Self.classes.lowerBound),
                Self.classes.upperBound)
            if result.entries.last?.level == level {
                result.entries[result.entries.count - 1].count += entry.count
            } else {
                result.entries.append(Entry(level: level, count: entry.count))
            }
        }
        return result
    }

    /// L_N: the level that was exceeded `percent` % of the time (ISO 1996-1:2016, 3.1.3), in dB.
    /// Samples count as evenly spread within a class. -infinity if it was silent for longer; `nil`
    /// without samples.
    public func exceeded(percent: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        var remaining = Double(total) * min(max(percent, 0), 100) / 100
        for entry in entries.reversed() where entry.level > Self.classes.lowerBound {
            guard remaining > Double(entry.count) else {
                let share = remaining / Double(entry.count)
                return (Double(entry.level) + 1 - share) / 10
            }
            remaining -= Double(entry.count)
        }
        return -.infinity
    }

    /// The share of the time in which the level was at least `level` dB, 0 to 1; a level within a
    /// class divides it proportionally. `nil` without samples.
    public func share(atOrAbove level: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let above = entries.reduce(0.0) { sum, entry in
            let part = min(max(Double(entry.level) + 1 - level * 10, 0), 1)
            return sum + part * Double(entry.count)
        }
        return above / Double(total)
    }
}
