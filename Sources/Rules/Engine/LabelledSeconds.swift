internal import Timekeeping

/// Seconds of levels that wait until the labels heard in them are known: a sound is announced
/// within about a second of its onset, and settled up to two seconds after its end.
struct LabelledSeconds: Sendable {
    /// How long a second waits, in seconds.
    static let delay = 3.0

    private var waiting: [LevelSecond] = []

    /// Takes the next second; returns those that have waited long enough.
    mutating func take(_ second: LevelSecond) -> [LevelSecond] {
        waiting.append(second)
        let time = second.end
        let count = waiting.prefix { time.seconds(since: $0.start) >= 1 + Self.delay }.count
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }

    mutating func move(bySeconds step: Double) {
        for index in waiting.indices {
            waiting[index].start = waiting[index].start.adding(seconds: step.rounded())
        }
    }
}
