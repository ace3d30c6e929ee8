public import AlertTypes
public import Rules
public import Timekeeping

/// Rules that are tried: what they would have told, and what was held back.
public struct RuleTrial: Sendable {
    /// Something that the owner would have been told.
    public struct Notice: Sendable, Hashable {
        public var alert: Int64
        public var occasion: Occasion
        /// On the clock of the audio.
        public var at: UTCTime
    }

    public let rules: RuleSet
    private var engine: RuleEngine
    /// In the order in which they fired, numbered from 1, as they were in the end.
    public private(set) var alerts: [Alert] = []
    public private(set) var notices: [Notice] = []
    private var counts: [Held: Suppression] = [:]

    private struct Held: Hashable {
        let rule: String
        let reason: Suppression.Reason
        let by: String
        let hour: UTCTime
    }

    /// - Parameters:
    ///   - rules: valid ones whose groups are resolved to labels
    ///   - sources: those that should be heard; `nil`: any that is
    public init(_ rules: RuleSet, sources: Set<String>? = nil) {
        self.rules = rules
        var orphans: [Alert] = []
        engine = RuleEngine(rules: rules, sources: sources, orphans: &orphans)
    }

    public var historySeconds: Int { rules.historySeconds }

    public mutating func recall(_ observation: Observation) { engine.recall(observation) }

    public mutating func take(_ observation: Observation) {
        let decision = engine.process(observation)
        for alert in decision.alerts {
            if alert.id > alerts.count {
                alerts.append(alert)
            } else {
                alerts[Int(alert.id) - 1] = alert
            }
        }
        for firing in decision.firings {
            notices.append(
                Notice(alert: firing.alert.id, occasion: firing.occasion, at: firing.at))
        }
        for count in decision.suppressions {
            let held = Held(
                rule: count.rule, reason: count.reason, by: count.by, hour: count.hour)
            counts[held] = count
        }
    }

    /// The monitor ends and starts again.
    ///
    /// - Parameter past: what was told before, from which windows are filled
    mutating func restart(after past: [Observation], _ sources: [String]) {
        var orphans: [Alert] = []
        let records = rules.rules.compactMap { engine.record(of: $0.name) }
        engine = RuleEngine(
            rules: rules, records: records, sources: Set(sources),
            lastAlertID: Int64(alerts.count), orphans: &orphans)
        for observation in past { engine.recall(observation) }
        for case .silences(let silences) in past { take(.silences(silences)) }
    }

    /// How things stand with a rule now.
    public func verdict(of rule: String) -> RuleVerdict? { engine.verdict(of: rule) }

    public func alert(_ notice: Notice) -> Alert { alerts[Int(notice.alert) - 1] }

    /// What was held back, by the hour, the oldest first.
    public var suppressions: [Suppression] {
        counts.values.sorted { ($0.first, $0.rule, $0.by) < ($1.first, $1.rule, $1.by) }
    }

    // MARK: The stored past

    /// Runs several sets of rules over the same past at once.
    public static func replay(
        _ sets: [RuleSet], over past: StoredPast, onProgress: (Double) -> Void = { _ in }
    ) throws -> [RuleTrial] {
        var trials = sets.map { RuleTrial($0) }
        try past.tell(
            historySeconds: trials.map(\.historySeconds).max() ?? 0, onProgress: onProgress,
            recall: { observation in
                for index in trials.indices { trials[index].recall(observation) }
            },
            { observation, _ in
                for index in trials.indices { trials[index].take(observation) }
            })
        return trials
    }
}
