public import Timekeeping

/// Finds what overlaps one stretch of time after another, in one pass over both: a year of gaps for
/// each hour of the year.
public struct OverlapSweep<Element> {
    private let elements: [Element]
    private let start: (Element) -> UTCTime
    private let end: (Element) -> UTCTime
    /// The first that has not begun yet.
    private var next = 0
    /// Those that may go on.
    private var begun: [Element] = []

    /// - Parameters:
    ///   - elements: in any order
    ///   - start: when one begins
    ///   - end: when it ends
    public init(
        _ elements: [Element], from start: @escaping (Element) -> UTCTime,
        to end: @escaping (Element) -> UTCTime
    ) {
        self.elements = elements.sorted { start($0) < start($1) }
        (self.start, self.end) = (start, end)
    }

    /// What overlaps the stretch, which must begin no earlier than the one before; the first to
    /// begin comes first.
    public mutating func overlapping(_ first: UTCTime, _ last: UTCTime) -> [Element] {
        begun.removeAll { end($0) <= first }
        while next < elements.count, start(elements[next]) < last {
            if end(elements[next]) > first { begun.append(elements[next]) }
            next += 1
        }
        return begun
    }
}
