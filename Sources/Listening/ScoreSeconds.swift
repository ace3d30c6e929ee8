internal import SoundTypes
internal import Timekeeping

/// The highest score of each label in each second of the wall clock.
///
/// A second that is over waits until it is asked for, so that a step allocates nothing, unless the
/// next one is over too.
struct ScoreSeconds {
    /// The second that is under way, and that before it.
    private var second: UTCTime?
    private var waitingSecond: UTCTime?
    private var maxima: [UInt8]  // [labels]
    private var waiting: [UInt8]  // [labels]

    init(labelCount: Int) {
        maxima = Array(repeating: 0, count: labelCount)
        waiting = maxima
    }

    /// Takes the scores of a step.
    ///
    /// - Parameters:
    ///   - scores: [labels]
    ///   - time: when the step begins
    ///   - onSecond: gets a second that is over and its scores, if it cannot wait any longer
    mutating func add(
        _ scores: Span<Float>, at time: UTCTime, onSecond: (UTCTime, [UInt8]) -> Void
    ) {
        let start = time.wholeSecond
        if start != second {
            if second != nil { tell(onSecond) }
            (waitingSecond, second) = (second, start)
            swap(&maxima, &waiting)
            for label in maxima.indices { maxima[label] = 0 }
        }
        for label in maxima.indices {
            maxima[label] = max(maxima[label], ScoreCode.byte(scores[label]))
        }
    }

    /// Tells the second that waits, if one does.
    mutating func tell(_ onSecond: (UTCTime, [UInt8]) -> Void) {
        guard let start = waitingSecond else { return }
        waitingSecond = nil
        // A copy: the array itself is written to again.
        onSecond(start, waiting.map { $0 })
    }

    /// Tells what there is: the next step does not follow the last one.
    mutating func finish(_ onSecond: (UTCTime, [UInt8]) -> Void) {
        tell(onSecond)
        guard let start = second else { return }
        second = nil
        onSecond(start, maxima.map { $0 })
    }
}
