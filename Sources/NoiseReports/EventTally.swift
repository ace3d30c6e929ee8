internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// How often a sound was heard in a period, and how loud.
struct EventTally: Sendable, Hashable {
    var label: String
    /// The number of events; the parts of a long one count as one.
    var count: Int
    /// How long they were heard within the period, in seconds.
    var seconds: Double
    /// The highest LAFmax, in dB; `nil` if no event has levels on the scale of the report.
    var lafMaximum: Double?

    /// One tally per label, the most frequent first.
    static func list(
        _ events: [SoundEvent], since: UTCTime, until: UTCTime, absolute: Bool
    ) -> [EventTally] {
        Dictionary(grouping: events, by: \.label).map { label, events in
            let seconds = events.map { event in
                max(0, min(event.heardUntil, until).seconds(since: max(event.onset, since)))
            }
            return EventTally(
                label: label, count: Set(events.map(\.id)).count, seconds: seconds.reduce(0, +),
                lafMaximum: events.compactMap { $0.lafMaximum(absolute: absolute) }.max())
        }
        .sorted { ($1.count, $0.label) < ($0.count, $1.label) }
    }
}

extension SoundEvent {
    /// LAFmax, if it is of the kind asked for: a sound pressure level if `absolute`, otherwise
    /// relative.
    func lafMaximum(absolute: Bool) -> Double? {
        guard let levels, (levels.scale.state != .uncalibrated) == absolute else { return nil }
        return levels.lafMaximum
    }
}
