internal import Timekeeping

/// Seconds of levels that wait until the labels heard in them are known: a sound is announced
/// within about a second of its onset, and settled up to two seconds after its end.
struct LabelledSeconds: Sendable {
    /// How long a second waits, in seconds.
    static let delay = 3.0

    private var waiting: [LevelSecond] = []

    mutating func append(_ second: LevelSecond) { waiting.append(second) }

    /// Takes out the oldest second, if it has waited long enough.
    mutating func popDue() -> LevelSecond? {
        guard let oldest = waiting.first, let newest = waiting.last,
            newest.start.seconds(since: oldest.start) >= Self.delay
        else { return nil }
        return waiting.removeFirst()
    }

    mutating func move(bySeconds step: Double) {
        for index in waiting.indices {
            waiting[index].start = waiting[index].start.adding(seconds: step.rounded())
        }
    }
}
