internal import LevelTypes
public import Timekeeping

/// LA90 of the preceding minutes: the level exceeded nine tenths of the time, which is what there
/// is when nothing happens.
public struct BackgroundLevel: Sendable {
    /// How far back it reaches, in seconds.
    public static let windowSeconds = 600
    /// With less than this it says nothing, in seconds.
    public static let leastSeconds = 10

    /// LAF is sampled ten times a second.
    private static let intervalsPerEntry = 10
    private static let entriesPerSecond = LevelMeter.intervalsPerSecond / intervalsPerEntry
    private static let capacity = windowSeconds * entriesPerSecond

    private struct Entry: Sendable, BitwiseCopyable {
        var end: Int64
        var level: Int16
    }

    private let windowSamples: Int64
    private var entries: [Entry] = []
    private var oldest = 0
    private var skipped = 0

    public init(sampleRate: SampleRate) {
        windowSamples = Int64(Self.windowSeconds * sampleRate.hertz)
        entries.reserveCapacity(Self.capacity)
    }

    public mutating func add(_ interval: LevelInterval) {
        skipped += 1
        guard skipped >= Self.intervalsPerEntry else { return }
        skipped = 0
        guard interval.isSettled else { return }
        let level = LevelHistogram.levelClass(of: Decibels.level(power: interval.fast))
        let entry = Entry(end: interval.end, level: Int16(level))
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % Self.capacity
        }
    }

    /// LA90 of the window that ends at `position`, in dB relative to full scale; -infinity if it
    /// was silent, `nil` if too little was heard.
    public func level(before position: Int64) -> Double? {
        // On the stack: one count per class of LevelHistogram.
        var counts = InlineArray<5_001, UInt16>(repeating: 0)
        var total = 0
        for entry in entries
        where entry.end <= position && entry.end > position - windowSamples {
            counts[Int(entry.level) - LevelHistogram.classes.lowerBound] += 1
            total += 1
        }
        guard total >= Self.leastSeconds * Self.entriesPerSecond else { return nil }
        var below = 0
        for index in counts.indices {
            below += Int(counts[index])
            guard below * 10 < total else {
                guard index > 0 else { return -.infinity }
                return (Double(index + LevelHistogram.classes.lowerBound) + 0.5) / 10
            }
        }
        return nil
    }
}
