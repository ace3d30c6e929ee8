internal import LevelTypes

/// Adds up histograms, stored ones too, in an array of all classes: `LevelHistogram` is made for
/// few additions of few classes.
struct HistogramSum {
    private static let classCount = LevelHistogram.classes.count

    /// One number per class; empty until something is added.
    private var counts: [Int] = []
    /// The classes that can have a number, as indices.
    private var used = 0..<0

    var isEmpty: Bool { used.isEmpty }

    mutating func add(_ histogram: LevelHistogram) {
        for entry in histogram.entries {
            add(entry.count, at: entry.level - LevelHistogram.classes.lowerBound)
        }
    }

    /// Adds a stored histogram: for each class that occurred, from the lowest, how many classes
    /// there are between it and the previous one (below it, for the first one), and its count, both
    /// as varints.
    mutating func add(encoded bytes: [UInt8]) throws {
        var decoder = LevelDecoder(bytes)
        var next = 0
        while decoder.remaining > 0 {
            let index = next + Int(try decoder.varint())
            let count = Int(try decoder.varint())
            guard index < Self.classCount, count > 0 else {
                throw LevelDecoder.damage("\(count) samples in class \(index) of a histogram")
            }
            add(count, at: index)
            next = index + 1
        }
    }

    var encoded: [UInt8] {
        var encoder = LevelEncoder(capacity: 2 * used.count)
        var next = 0
        for index in used where counts[index] > 0 {
            encoder.varint(UInt64(index - next))
            encoder.varint(UInt64(counts[index]))
            next = index + 1
        }
        return encoder.bytes
    }

    var histogram: LevelHistogram {
        LevelHistogram(
            entries: used.filter { counts[$0] > 0 }.map {
                .init(level: $0 + LevelHistogram.classes.lowerBound, count: counts[$0])
            })
    }

    /// Forgets everything, but keeps the memory for it.
    mutating func removeAll() {
        for index in used { counts[index] = 0 }
        used = 0..<0
    }

    private mutating func add(_ count: Int, at index: Int) {
        if counts.isEmpty { counts = [Int](repeating: 0, count: Self.classCount) }
        counts[index] += count
        used =
            used.isEmpty
            ? index..<(index + 1)
            : min(used.lowerBound, index)..<max(used.upperBound, index + 1)
    }
}
