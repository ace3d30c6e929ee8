internal import Timekeeping

/// Seconds of levels that wait until the labels heard in them are known: a sound is announced
/// within about a second of its onset, and settled up to two seconds after its end.
struct LabelledSeconds: Sendable {
    /// How long a second waits, in seconds.
    static let delay = 3.0

    private var waiting: [LevelSecond] = []

    mutating func add(_ second: LevelSecond) {
        waiting.append(second)
    }

    /// The seconds that have waited long enough.
    mutating func due(at time: UTCTime) -> [LevelSecond] {
        let due = waiting.prefix { time.seconds(since: $0.start) >= 1 + Self.delay }
        waiting.removeFirst(due.count)
        return Array(due)
    }

    mutating func move(bySeconds step: Double) {
        for index in waiting.indices {
            waiting[index].start = waiting[index].start.adding(seconds: step.rounded())
        }
    }
}
