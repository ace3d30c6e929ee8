internal import SoundTypes
internal import Timekeeping

/// Makes events of one label from the scores of seconds: a run of seconds whose highest score
/// reaches a threshold, over gaps of up to two seconds.
struct ScoreEvents {
    /// The longest pause within an event, in seconds.
    static let longestGap = 2.0

    private let source: String
    private let label: String
    private let threshold: Double
    private var run: SoundEvent?
    private var scores = (sum: 0.0, count: 0.0)

    init(source: String, label: String, threshold: Double) {
        self.source = source
        self.label = label
        self.threshold = threshold
    }

    /// Takes the score of a second. Returns what becomes of the events, and when that is known.
    ///
    /// - Parameter lastID: the number of the last event; they count down from -1
    mutating func take(
        _ score: Double, at second: UTCTime, lastID: inout Int64
    ) -> [(event: SoundEvent, at: UTCTime)] {
        var told = finish(before: second)
        guard score >= threshold else { return told }
        let end = second.adding(seconds: 1)
        if run == nil {
            lastID -= 1
            run = SoundEvent(
                id: lastID, source: source, label: label, onset: second, heardUntil: second,
                peakConfidence: 0, meanConfidence: 0, status: .open)
            scores = (0, 0)
        }
        guard var event = run else { return told }
        scores = (scores.sum + score, scores.count + 1)
        event.peakConfidence = max(event.peakConfidence, score)
        event.meanConfidence = scores.sum / scores.count
        event.heardUntil = end
        run = event
        told.append((event, end))
        return told
    }

    /// Ends the event that is not known to go on at a time.
    mutating func finish(before time: UTCTime) -> [(event: SoundEvent, at: UTCTime)] {
        guard var event = run, time.seconds(since: event.heardUntil) > Self.longestGap else {
            return []
        }
        run = nil
        event.status = .complete
        return [(event, event.heardUntil.adding(seconds: Self.longestGap))]
    }
}
