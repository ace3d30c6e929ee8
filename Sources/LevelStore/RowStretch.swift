internal import Timekeeping

/// A part of a period whose levels come from rows of one kind.
struct RowStretch {
    enum Rows: Equatable {
        case seconds
        /// The seconds of a whole minute that is not rolled up yet, and its histogram.
        case openMinute
        case rollUps(RollUpLength)
    }

    let rows: Rows
    /// Unix seconds.
    let seconds: Range<Int64>

    /// The seconds that begin in a period.
    static func seconds(from start: UTCTime, to end: UTCTime) -> Range<Int64> {
        let first = firstSecond(from: start)
        return first..<max(first, firstSecond(from: end))
    }

    /// Cuts a period into as few rows as it can be made of.
    ///
    /// - Parameters:
    ///   - open: the minute for which no roll-up knows all the seconds
    ///   - span: the longest roll-ups to use; `nil`: only seconds
    static func pieces(
        of period: Range<Int64>, open: Int64?, longest span: RollUpLength? = .hour
    ) -> [RowStretch] {
        guard !period.isEmpty else { return [] }
        guard let span else { return [RowStretch(rows: .seconds, seconds: period)] }
        let whole = span.whole(in: period)
        guard !whole.isEmpty else { return pieces(of: period, open: open, longest: span.part) }
        let before = period.lowerBound..<whole.lowerBound
        let after = whole.upperBound..<period.upperBound
        return pieces(of: before, open: open, longest: span.part)
            + wholePieces(of: whole, span, open: open)
            + pieces(of: after, open: open, longest: span.part)
    }

    /// The same for a number of whole spans: all but the one with the open minute are rolled up.
    private static func wholePieces(
        of whole: Range<Int64>, _ span: RollUpLength, open: Int64?
    ) -> [RowStretch] {
        guard let open, whole.contains(open) else {
            return [RowStretch(rows: .rollUps(span), seconds: whole)]
        }
        let gap = span.around(open)
        let inner =
            span == .minute
            ? [RowStretch(rows: .openMinute, seconds: gap)]
            : pieces(of: gap, open: open, longest: span.part)
        let around = [whole.lowerBound..<gap.lowerBound, gap.upperBound..<whole.upperBound].map {
            $0.isEmpty ? [] : [RowStretch(rows: .rollUps(span), seconds: $0)]
        }
        return around[0] + inner + around[1]
    }

    /// The first whole second at or after a time.
    private static func firstSecond(from time: UTCTime) -> Int64 {
        let (second, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return max(0, rest > 0 ? second + 1 : second)
    }
}
