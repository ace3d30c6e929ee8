internal import EventStore
internal import SoundTypes
internal import Timekeeping

/// Keeps the scores of the seconds of each source until they make a row of the store.
struct ScoreCollector {
    private var seconds: [String: [SecondScores]] = [:]

    /// Takes the scores of the next second.
    ///
    /// - Returns: the seconds before it, if it begins another row; otherwise none
    mutating func add(_ scores: SecondScores) -> [SecondScores] {
        let before = seconds[scores.source] ?? []
        guard let first = before.first, Self.row(first) != Self.row(scores) else {
            seconds[scores.source, default: []].append(scores)
            return []
        }
        seconds[scores.source] = [scores]
        return before
    }

    /// The seconds of a source that ends.
    mutating func end(_ source: String) -> [SecondScores] {
        seconds.removeValue(forKey: source) ?? []
    }

    private static func row(_ scores: SecondScores) -> Int64 {
        scores.start.microseconds / (Int64(EventStore.secondsPerScoreRow) * 1_000_000)
    }
}
