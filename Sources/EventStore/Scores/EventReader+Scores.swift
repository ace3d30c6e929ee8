public import Database
internal import GRDB
public import SoundTypes
public import Timekeeping

/// How sure the network was of each label, second by second.
extension EventReader {
    /// Seconds that are read at once.
    private static let stretchSeconds: Int64 = 3_600

    /// Tells the scores of each second that begins in the period and was heard, in order. Any
    /// period takes little memory. `body` must not use this reader.
    ///
    /// - Parameter label: only the scores of this label; seconds of a model without it are left out
    public func forEachSecondScores(
        source: String, since: UTCTime, until: UTCTime, label: String? = nil,
        _ body: (SecondScores) -> Void
    ) throws(StoreError) {
        try doing("read the scores") { db in
            let tables = try ScoreSeries.all(of: source, in: db).filter { table in
                label.map(table.labels.contains) ?? true
            }
            let end = Self.firstSecond(from: until)
            var next = ScoreSeries.start(ofBlockAround: Self.firstSecond(from: since))
            while let start = try tables.compactMap({ try $0.firstBlock(from: next) }).min(),
                start < end
            {
                next = start + Self.stretchSeconds
                var found: [SecondScores] = []
                for table in tables { try table.add(start..<next, label, to: &found) }
                if tables.count > 1 { found.sort { $0.start < $1.start } }
                for scores in found where scores.start >= since && scores.start < until {
                    body(scores)
                }
            }
        }
    }

    /// The first whole second at or after a time, of those that can be stored.
    private static func firstSecond(from time: UTCTime) -> Int64 {
        let (second, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return max(0, rest > 0 ? second + 1 : second)
    }
}

extension ScoreSeries {
    /// Adds the seconds of the blocks that begin in a stretch.
    fileprivate func add(
        _ stretch: Range<Int64>, _ label: String?, to found: inout [SecondScores]
    ) throws {
        let index = label.flatMap(labels.firstIndex)
        let names = index.map { [labels[$0]] } ?? labels
        try eachBlock(in: stretch) { start, block in
            for second in block.known {
                let time = UTCTime(microseconds: (start + Int64(second)) * 1_000_000)
                let maxima = index.map { [block.maximum(second, label: $0)] }
                found.append(
                    SecondScores(
                        source: source, start: time, labels: names,
                        maxima: maxima ?? block.maxima(second)))
            }
        }
    }
}
