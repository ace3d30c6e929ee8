/// Something of which two stretches of time make one: sums, maxima, histograms.
protocol Mergeable: Sendable {
    mutating func merge(_ newer: Self)
}

/// The newest seconds (or minutes) of something.
///
/// Two stacks make a queue: values are pushed onto one and popped from the other, each of which
/// knows what it holds in all. So the whole window is always one merge away, nothing is ever
/// subtracted, and a loud second leaves no rounding error behind when it leaves. A push costs a
/// merge or two on average.
struct SlidingWindow<Value: Mergeable>: Sendable {
    private struct Entry: Sendable {
        let time: Int64
        var value: Value
    }

    private let length: Int64
    /// The newest, as they came, and all of them merged.
    private var incoming: [Entry] = []
    private var incomingTotal: Value?
    /// The oldest, the oldest last, each merged with all that are newer than it here.
    private var outgoing: [Entry] = []
    /// How far the clock was set since the entries were numbered.
    private var shift: Int64 = 0

    /// - Parameter length: how long it is, in the unit of the times of its values
    init(length: Int64) {
        self.length = length
    }

    /// Everything in the window; `nil` if there is nothing.
    var total: Value? {
        guard var total = outgoing.last?.value else { return incomingTotal }
        if let incomingTotal { total.merge(incomingTotal) }
        return total
    }

    /// Takes the value of `time`, which is not before that of the last one, and drops what is
    /// `length` older.
    mutating func push(_ value: Value, at time: Int64) {
        incoming.append(Entry(time: time - shift, value: value))
        if incomingTotal?.merge(value) == nil { incomingTotal = value }
        expire(at: time)
    }

    /// Drops what is `length` older than `time`.
    mutating func expire(at time: Int64) {
        let oldest = time - shift - length
        while true {
            if outgoing.isEmpty {
                guard let first = incoming.first, first.time <= oldest else { return }
                turn()
            }
            guard let last = outgoing.last, last.time <= oldest else { return }
            outgoing.removeLast()
        }
    }

    /// The clock was set: all times are later by `step`.
    mutating func move(by step: Int64) {
        shift += step
    }

    private mutating func turn() {
        outgoing.reserveCapacity(incoming.count)
        for entry in incoming.reversed() {
            var merged = entry
            if let newer = outgoing.last { merged.value.merge(newer.value) }
            outgoing.append(merged)
        }
        incoming.removeAll(keepingCapacity: true)
        incomingTotal = nil
    }
}
