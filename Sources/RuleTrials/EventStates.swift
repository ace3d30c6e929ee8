internal import SoundTypes
internal import Timekeeping
internal import Tracking

/// An event as the monitor told of it while it was heard: open every half second, then as it ended.
/// What is stored is what was settled in the end, so confidence and levels are those of the whole
/// event from the first state on.
struct EventStates: Sequence {
    /// How often the monitor tells of an event that lasts.
    private static let interval = EventTracker.updateSeconds

    private let event: SoundEvent
    /// Only states of this period are told.
    private let period: Range<UTCTime>

    init(_ event: SoundEvent, within period: Range<UTCTime>) {
        self.event = event
        self.period = period
    }

    /// What the monitor stopped hearing unexpectedly never ended.
    private var hasEnd: Bool { event.status == .complete || event.status == .retracted }

    func makeIterator() -> AnyIterator<SoundEvent> {
        let before = period.lowerBound.seconds(since: event.onset)
        var step = Swift.max(1, Int((before / Self.interval).rounded(.up)))
        var isOver = false
        return AnyIterator {
            guard !isOver else { return nil }
            let time = event.onset.adding(seconds: Double(step) * Self.interval)
            step += 1
            if time < event.heardUntil { return time < period.upperBound ? open(until: time) : nil }
            isOver = true
            guard period.contains(event.heardUntil) else { return nil }
            return hasEnd ? event : open(until: event.heardUntil)
        }
    }

    private func open(until time: UTCTime) -> SoundEvent {
        var state = event
        state.heardUntil = time
        state.status = .open
        state.isSettled = event.status != .retracted
        state.mark = nil
        return state
    }
}
