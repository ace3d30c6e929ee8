/// The newest seconds (or minutes) of something that can be merged: sums, maxima, histograms.
///
/// Two stacks make a queue: values are pushed onto one and popped from the other, each of which
/// knows what it holds in all. So the whole window is always one merge away, nothing is ever
/// subtracted, and a loud second leaves no rounding error behind when it leaves. A push costs a
/// merge or two on average.
struct SlidingWindow<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let time: Int64
        var value: Value
    }

    private let length: Int64
    private let merge: @Sendable (Value, Value) -> Value
    /// The newest, as they came, and all of them merged.
    private var incoming: [Entry] = []
    private var incomingTotal: Value?
    /// The oldest, the oldest last, each merged with all that are newer than it here.
    private var outgoing: [Entry] = []
    /// How far the clock was set since the entries were numbered.
    private var shift: Int64 = 0

    /// - Parameter length: how long it is, in the unit of the times of its values
    init(length: Int64, merge: @escaping @Sendable (Value, Value) -> Value) {
        self.length = length
        self.merge = merge
    }

    /// Everything in the window; `nil` if there is nothing.
    var total: Value? {
        guard let old = outgoing.last?.value else { return incomingTotal }
        return incomingTotal.map { merge(old, $0) } ?? old
    }

    /// Takes the value of `time`, which is not before that of the last one, and drops what is
    /// `length` older.
    mutating func push(_ value: Value, at time: Int64) {
        incoming.append(Entry(time: time - shift, value: value))
        incomingTotal = incomingTotal.map { merge($0, value) } ?? value
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
            let value = outgoing.last.map { merge(entry.value, $0.value) } ?? entry.value
            outgoing.append(Entry(time: entry.time, value: value))
        }
        incoming.removeAll(keepingCapacity: true)
        incomingTotal = nil
    }
}
