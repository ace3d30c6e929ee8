internal import AlertTypes
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// An event over all of its parts, as far as it is known, on the clock of its source as it is now.
struct HeardEvent: Sendable {
    /// Its newest state.
    private(set) var event: SoundEvent
    /// How far the clock was set since it began: its own times are counted from its onset.
    var offsetSeconds = 0.0
    private(set) var peakConfidence: Double
    private(set) var lafMaximum: Double?
    private(set) var lae: Double?
    private(set) var rise: Double?
    private var firstOnset: UTCTime

    init(_ event: SoundEvent) {
        self.event = event
        firstOnset = event.onset
        peakConfidence = event.peakConfidence
        note(event)
    }

    /// It, after a change.
    func continued(by event: SoundEvent) -> HeardEvent {
        var next = self
        next.event = event
        // The onset is corrected when an announced event is settled.
        if event.part == 1 { next.firstOnset = event.onset }
        next.peakConfidence = max(peakConfidence, event.peakConfidence)
        next.note(event)
        return next
    }

    private mutating func note(_ event: SoundEvent) {
        guard let levels = event.levels else { return }
        lafMaximum = Self.larger(lafMaximum, levels.lafMaximum)
        lae = Self.larger(lae, levels.lae)
        rise = Self.larger(rise, levels.rise)
    }

    var onset: UTCTime { firstOnset.adding(seconds: offsetSeconds) }
    var heardUntil: UTCTime { event.heardUntil.adding(seconds: offsetSeconds) }
    var durationSeconds: Double { event.heardUntil.seconds(since: firstOnset) }
    var isRetracted: Bool { event.status == .retracted }
    /// Whether nothing more comes of it. A part of an event that goes on may look the same, and is
    /// then followed by the next one.
    var isOver: Bool { event.status != .open }

    /// It, as an alert lists it.
    var listed: AlertEvent {
        AlertEvent(
            id: event.id, source: event.source, label: event.label, onset: firstOnset,
            heardUntil: event.heardUntil, confidence: peakConfidence, lafMaximum: lafMaximum,
            isRetracted: isRetracted)
    }

    private static func larger(_ left: Double?, _ right: Double?) -> Double? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }
}
