public import AlertTypes
public import Rules
internal import SoundTypes
public import Timekeeping

/// A firing of a rule about which nothing was heard, to try its actions.
public struct TestFiring: Sendable {
    public let alert: Alert
    private let event: SoundEvent?

    /// - Parameters:
    ///   - id: the number of the alert
    ///   - source: the source it claims to be heard by
    public init(_ rule: Rule, id: Int64, source: String, at now: UTCTime) {
        let event = Self.event(rule.condition, source, now)
        self.event = event
        alert = Alert(
            id: id, rule: rule.name, group: "test", source: source, isTest: true,
            soundAt: event?.onset ?? now, detectedAt: now, firedAt: now, decidedAt: now,
            resolvedAt: now, resolution: .test,
            readings: [ConditionReading(condition: "test", value: "test")],
            events: [event].compactMap(\.self).map { event in
                AlertEvent(
                    id: event.id, source: event.source, label: event.label, onset: event.onset,
                    heardUntil: event.heardUntil, confidence: event.peakConfidence)
            }, eventCount: event == nil ? 0 : 1)
    }

    /// A rule about events claims one of its first label, a second long.
    private static func event(
        _ condition: Condition, _ source: String, _ now: UTCTime
    ) -> SoundEvent? {
        guard case .event(let condition) = condition else { return nil }
        return SoundEvent(
            id: 0, source: source, label: condition.labels.min() ?? "test",
            onset: now.adding(seconds: -1), heardUntil: now, peakConfidence: 1, meanConfidence: 1,
            status: .complete)
    }

    /// What an action is run for: that the rule has fired, or the first that the action asks for.
    public func firing(_ action: Action) -> Firing {
        let wanted = Occasion.allCases.first { action.occasions.contains($0) }
        return Firing(
            alert: alert, occasion: wanted ?? .fired, actions: [action], at: alert.firedAt,
            event: wanted == .fired ? event : nil)
    }
}
