internal import LevelTypes

/// The search for the second with the highest LAFmax: first among the roll-ups of the period, then
/// among the seconds of the one that has it.
struct LoudestSecondSearch {
    private(set) var found: (second: Int64, level: Double)?

    /// Searches the levels of one more measurement.
    mutating func search(_ period: Range<Int64>, _ rows: LevelTable, _ scale: LevelScale) throws {
        var best: (power: Double, seconds: Range<Int64>)?
        for piece in RowStretch.pieces(of: period, open: try rows.openMinute()) {
            var length: Int64 = 1
            let look = { (row: LevelTableRow) in
                guard let power = row.summary.fastMaximum, power > (best?.power ?? -1) else {
                    return
                }
                best = (power, row.start..<(row.start + length))
            }
            switch piece.rows {
            case .seconds, .openMinute:
                try rows.eachSecond(in: piece.seconds, look)
            case .rollUps(let span):
                length = span.rawValue
                try rows.eachRollUp(span, in: piece.seconds, look)
            }
        }
        guard let best else { return }
        let level = scale.level(power: best.power)
        guard level > (found?.level ?? -.infinity) || found == nil else { return }
        found = (try moment(of: best.power, in: best.seconds, rows), level)
    }

    /// The second that has the maximum of a roll-up, which is a copy of its own; if the seconds are
    /// gone, the beginning of the shortest roll-up that has it.
    private func moment(
        of power: Double, in seconds: Range<Int64>, _ rows: LevelTable
    ) throws -> Int64 {
        var found: Int64?
        let look = { (row: LevelTableRow) in
            if found == nil, row.summary.fastMaximum == power { found = row.start }
        }
        try rows.eachSecond(in: seconds, look)
        for span in [RollUpLength.minute, .quarter] where found == nil {
            try rows.eachRollUp(span, in: seconds, look)
        }
        return found ?? seconds.lowerBound
    }
}
