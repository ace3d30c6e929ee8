/// The lengths of the roll-ups, in seconds. Each begins at a multiple of its length, in UTC.
enum RollUpLength: Int64 {
    case minute = 60
    case quarter = 900
    case hour = 3_600

    /// The next shorter one; `nil` for a minute, which is made from seconds.
    var part: RollUpLength? {
        switch self {
        case .minute: nil
        case .quarter: .minute
        case .hour: .quarter
        }
    }

    /// When the span that a second is in begins, in Unix seconds.
    func start(of second: Int64) -> Int64 { second - second % rawValue }

    /// The span that a second is in.
    func around(_ second: Int64) -> Range<Int64> {
        start(of: second)..<(start(of: second) + rawValue)
    }

    /// The whole spans in a period; empty if there are none.
    func whole(in period: Range<Int64>) -> Range<Int64> {
        let first = start(of: period.lowerBound + rawValue - 1)
        return first..<max(first, start(of: period.upperBound))
    }
}
