/// The median of the newest scores, which are kept in order as they come and go.
///
/// Of an even number of scores it is the lower of the two in the middle. Nothing is allocated after
/// `init`.
struct RunningMedian: Sendable {
    private var newest: [Float]  // [length], a ring
    private var sorted: [Float]  // the same scores, the lowest first
    private var next = 0
    private(set) var count = 0

    /// - Parameter length: the number of scores that count, at least 1
    init(length: Int) {
        newest = Array(repeating: 0, count: length)
        sorted = newest
    }

    var isFull: Bool { count == newest.count }

    /// The median; there must be a score.
    var value: Float { sorted[(count - 1) / 2] }

    /// A score that is not a number counts as 0; scores are clamped to 0 to 1.
    mutating func add(_ score: Float) {
        // Comparisons with NaN are false: NaN becomes 0.
        let score = score > 0 ? min(score, 1) : 0
        // A full window has a place to spare: that of its oldest score.
        let spare = isFull ? placeOfOldest : count
        if !isFull { count += 1 }
        newest[next] = score
        next = next + 1 == newest.count ? 0 : next + 1
        settle(score, from: spare)
    }

    mutating func removeOldest() {
        let place = placeOfOldest
        count -= 1
        for index in place..<count { sorted[index] = sorted[index + 1] }
    }

    /// Puts a score in order, where only the scores between a spare place and its own move.
    private mutating func settle(_ score: Float, from spare: Int) {
        var place = spare
        while place + 1 < count, sorted[place + 1] < score {
            sorted[place] = sorted[place + 1]
            place += 1
        }
        while place > 0, sorted[place - 1] > score {
            sorted[place] = sorted[place - 1]
            place -= 1
        }
        sorted[place] = score
    }

    /// Where the oldest score, or one that equals it, is among the sorted ones; by bisection.
    private var placeOfOldest: Int {
        let oldest = newest[(next + newest.count - count) % newest.count]
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < oldest { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func removeAll() {
        count = 0
    }
}

/// A median filter whose window is centred on the score it answers for, so that it moves no edge;
/// its answers are `delay` steps late. At both ends of a stream the window is what there is of it.
public struct MedianFilter: Sendable {
    /// Half the window, in steps.
    public let delay: Int
    private var window: RunningMedian
    private var heard = 0
    private var answered = 0

    /// - Parameter seconds: the length of the window, rounded to an odd number of steps; up to one
    ///   step filters nothing
    public init(seconds: Double, stepSeconds: Double) {
        delay = max(0, Int(((seconds / stepSeconds - 1) / 2).rounded()))
        window = RunningMedian(length: 2 * delay + 1)
    }

    /// Takes a score; returns that of `delay` steps before, filtered, once there is one.
    public mutating func next(_ score: Float) -> Float? {
        window.add(score)
        heard += 1
        guard heard > delay else { return nil }
        answered += 1
        return window.value
    }

    /// After the last score: the next filtered one that is still to come, until there is none.
    public mutating func drain() -> Float? {
        guard answered < heard else { return nil }
        while heard - window.count < answered - delay { window.removeOldest() }
        answered += 1
        return window.value
    }

    /// Forgets the past: the next score begins a stream.
    public mutating func restart() {
        window.removeAll()
        (heard, answered) = (0, 0)
    }
}
