internal import LevelTypes

/// Reads the levels of one measurement in many periods.
///
/// Consecutive pieces that come from the same kind of rows are read with one query: 10 000 periods
/// of a second are one, and so are the hours of a year by day.
struct LevelRowReader {
    /// What a measurement knows about a period.
    struct Part {
        var summary: LevelSummary
        var histogram: LevelHistogram
    }

    private let rows: LevelTable
    private let found: (_ period: Int, Part) -> Void
    /// The period whose rows are being read, and what they have given so far.
    private var period = 0
    private var summary = LevelSummary()
    private var histogram = HistogramSum()

    /// Calls `found` for each period about which something is known, with its index, from the
    /// first.
    static func read(
        _ periods: [Range<Int64>], _ rows: LevelTable,
        found: @escaping (_ period: Int, Part) -> Void
    ) throws {
        var reader = LevelRowReader(rows: rows, found: found)
        let open = try rows.openMinute()
        var run: [(period: Int, piece: RowStretch)] = []
        let newest = try rows.bounds()?.upperBound
        for (period, seconds) in periods.enumerated() {
            let known = Self.withOpenMinute(seconds, open, newest: newest)
            for piece in RowStretch.pieces(of: known, open: open) {
                if let last = run.last?.piece,
                    last.rows != piece.rows
                        || last.seconds.upperBound != piece.seconds.lowerBound
                {
                    try reader.read(run)
                    run.removeAll(keepingCapacity: true)
                }
                run.append((period, piece))
            }
        }
        try reader.read(run)
        reader.endPeriod()
    }

    /// A period that ends after the newest second has all there is of the open minute: it is made
    /// as long as that, so that the histogram counts.
    private static func withOpenMinute(
        _ seconds: Range<Int64>, _ open: Int64?, newest: Int64?
    ) -> Range<Int64> {
        guard let open, let newest, newest < seconds.upperBound else { return seconds }
        let minute = RollUpLength.minute.around(open)
        guard minute.contains(seconds.upperBound), seconds.lowerBound <= open else {
            return seconds
        }
        return seconds.lowerBound..<minute.upperBound
    }

    private init(rows: LevelTable, found: @escaping (_ period: Int, Part) -> Void) {
        self.rows = rows
        self.found = found
    }

    /// Reads consecutive pieces of the same kind.
    private mutating func read(_ run: [(period: Int, piece: RowStretch)]) throws {
        guard let first = run.first, let last = run.last else { return }
        let seconds = first.piece.seconds.lowerBound..<last.piece.seconds.upperBound
        let rows = rows
        var index = 0
        let take = { (row: LevelTableRow, reader: inout LevelRowReader) throws in
            while run[index].piece.seconds.upperBound <= row.start { index += 1 }
            try reader.add(row, toPeriod: run[index].period)
        }
        switch first.piece.rows {
        case .seconds:
            try rows.eachSecond(in: seconds) { try take($0, &self) }
        case .rollUps(let span):
            try rows.eachRollUp(span, in: seconds) { try take($0, &self) }
        case .openMinute:
            try rows.eachSecond(in: seconds) { try take($0, &self) }
            try rows.addHistogram(ofMinute: seconds.lowerBound, to: &histogram)
        }
    }

    private mutating func add(_ row: LevelTableRow, toPeriod index: Int) throws {
        if index != period {
            endPeriod()
            period = index
        }
        summary.merge(row.summary)
        if let bytes = row.histogram { try histogram.add(encoded: bytes) }
    }

    private mutating func endPeriod() {
        if summary.seconds > 0 {
            found(period, Part(summary: summary, histogram: histogram.histogram))
        }
        summary = LevelSummary()
        histogram.removeAll()
    }
}
