internal import SoundTypes

/// A rule, taken apart once.
final class RuleTerms: Sendable {
    let rule: Rule
    let event: EventCondition?
    let box: BoxCondition?
    /// Those it is about; empty: all.
    private let sources: Set<String>
    let lastsWithEvents: Bool
    let historySeconds: Int

    init(_ rule: Rule) {
        self.rule = rule
        lastsWithEvents = rule.condition.lastsWithEvents
        historySeconds = rule.condition.historySeconds
        sources = rule.condition.sources
        switch rule.condition {
        case .event(let condition): (event, box) = (condition, nil)
        case .level: (event, box) = (nil, nil)
        case .box(let condition): (event, box) = (nil, condition)
        }
    }

    /// Whether an event, whose label is right, is of one of its sources, and settled if it has to
    /// be.
    func concerns(_ event: SoundEvent) -> Bool {
        isAbout(event.source) && (event.isSettled || self.event?.isSettledOnly != true)
    }

    /// Whether an event that concerns it is certain, long and loud enough.
    func accepts(_ heard: HeardEvent) -> Bool { event?.accepts(heard) ?? false }

    func isAbout(_ source: String) -> Bool { sources.isEmpty || sources.contains(source) }
}
