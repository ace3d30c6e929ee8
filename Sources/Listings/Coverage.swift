public import SoundTypes
public import Timekeeping

/// How much of a period a source was heard, and why not the rest.
///
/// Every moment counts once: as heard, as missing for one cause, or as not listened to, when the
/// monitor was off or the source was not there. So the three add up to the period.
public struct Coverage: Sendable, Hashable {
    public let start: UTCTime
    public let end: UTCTime
    /// How long a session of the source lasted, in seconds; gaps included.
    public let listenedSeconds: Double
    /// What was missing meanwhile.
    public let missingSeconds: [GapCause: Double]
    /// What was left out of the analysis of what was heard, by its partial cause.
    public let omittedSeconds: [GapCause: Double]
    /// How much of what was heard was overloaded, in seconds.
    public let overloadSeconds: Double
    /// By how much the wall clock was set, each time that it was, in seconds.
    public let clockSteps: [Double]
    /// How much too fast the clock of the device goes, in parts per million, as far as is known.
    public let driftPPM: Double?

    /// - Parameters:
    ///   - sessions: those of the source, in any order; others than those of the period do nothing
    ///   - gaps: the same
    ///   - overloadSeconds: of the levels of the period
    public init(
        from start: UTCTime, to end: UTCTime, sessions: [ListeningSession], gaps: [AudioGap],
        overloadSeconds: Double
    ) {
        (self.start, self.end, self.overloadSeconds) = (start, end, overloadSeconds)
        let listened = Self.union(
            sessions.map { ($0.started, $0.ended) }.compactMap { Self.clip($0, start, end) })
        listenedSeconds = Self.length(listened)
        let partial = Dictionary(grouping: gaps.filter(\.cause.isPartial), by: \.cause)
        omittedSeconds = partial.mapValues { gaps in
            Self.missing(gaps, in: listened).values.reduce(0, +)
        }.filter { $0.value > 0 }
        missingSeconds = Self.missing(gaps.filter { !$0.cause.isPartial }, in: listened)
        let begun = sessions.filter { start <= $0.started && $0.started < end }
        clockSteps = begun.sorted { $0.started < $1.started }.compactMap(\.clockStepSeconds)
        driftPPM =
            sessions.filter { $0.started < end && start < $0.ended }
            .sorted { $0.started < $1.started }.compactMap(\.driftPPM).last
    }

    public var seconds: Double { end.seconds(since: start) }
    public var heardSeconds: Double { listenedSeconds - missingSeconds.values.reduce(0, +) }
    public var offSeconds: Double { seconds - listenedSeconds }
    /// What was heard of the period, 0 to 1.
    public var share: Double { seconds > 0 ? heardSeconds / seconds : 0 }

    private typealias Stretch = (UTCTime, UTCTime)

    /// What gaps take of what was listened to, each moment once.
    private static func missing(
        _ gaps: [AudioGap], in listened: [Stretch]
    ) -> [GapCause: Double] {
        var missing = [GapCause: Double]()
        // Up to where the gaps so far reach, and the first stretch that may go on behind that.
        var (reached, next) = (UTCTime.distantPast, 0)
        for gap in gaps.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) })
        where gap.end > reached {
            let from = max(gap.start, reached)
            reached = gap.end
            while next < listened.count, listened[next].1 <= from { next += 1 }
            let more = length(
                listened[next...].prefix { $0.0 < gap.end }
                    .compactMap { clip($0, from, gap.end) })
            if more > 0 { missing[gap.cause, default: 0] += more }
        }
        return missing
    }

    private static func clip(_ stretch: Stretch, _ start: UTCTime, _ end: UTCTime) -> Stretch? {
        let (first, last) = (max(stretch.0, start), min(stretch.1, end))
        return first < last ? (first, last) : nil
    }

    /// Stretches in order that do not touch.
    private static func union(_ stretches: [Stretch]) -> [Stretch] {
        stretches.sorted { $0.0 < $1.0 }.reduce(into: []) { result, next in
            if let last = result.last, next.0 <= last.1 {
                result[result.count - 1].1 = max(last.1, next.1)
            } else {
                result.append(next)
            }
        }
    }

    private static func length(_ stretches: [Stretch]) -> Double {
        stretches.reduce(0) { $0 + $1.1.seconds(since: $1.0) }
    }
}
