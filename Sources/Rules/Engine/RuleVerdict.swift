public import AlertTypes
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// One thing that has to be so for a rule to fire, and what was found.
public struct RuleCheck: Sendable, Hashable {
    public var condition: String
    public var value: String
    /// `nil`: unknown, because audio is missing.
    public var isMet: Bool?

    init(_ condition: String, _ value: String, _ isMet: Bool?) {
        self.condition = condition
        self.value = value
        self.isMet = isMet
    }

    init(_ condition: String, _ value: String, _ truth: Truth) {
        self.init(condition, value, truth == .unknown ? nil : truth == .holds)
    }
}

/// How things stand with a rule.
public struct RuleVerdict: Sendable {
    /// In the order in which they count: the first that is not met is why it does not fire.
    public var checks: [RuleCheck]
    /// The event that the checks are about; `nil` if none of its labels was heard, or it is about
    /// no events.
    public var event: AlertEvent?
    /// The alerts that last.
    public var alerts: [Alert]

    public var firstUnmet: RuleCheck? { checks.first { $0.isMet != true } }
}

extension RuleEngine {
    /// How things stand with a rule now: what an explanation of why it fired, or did not, is made
    /// of. `nil` if there is no such rule.
    public func verdict(of name: String) -> RuleVerdict? {
        guard let index = rules.firstIndex(where: { $0.terms.rule.name == name }) else {
            return nil
        }
        let tracked = rules[index]
        let track = newestTrack(index)
        let now = states.clock(track?.source) ?? UTCTime(microseconds: 0)
        var checks = conditionChecks(index, track)
        if tracked.terms.rule.holdSeconds > 0 {
            let held = track?.heldSince.map { now.seconds(since: $0) } ?? 0
            checks.append(
                RuleCheck(
                    "held for \(Lengths.text(tracked.terms.rule.holdSeconds))",
                    durationText(held), held >= tracked.terms.rule.holdSeconds))
        }
        checks += gateChecks(
            index, track ?? AlertTrack(source: nil, isOfOneSource: false, at: now), now)
        return RuleVerdict(
            checks: checks, event: lastEvent(of: tracked.terms)?.listed,
            alerts: tracked.memory.tracks.values.compactMap(\.alert).sorted { $0.id < $1.id })
    }

    private func conditionChecks(_ index: Int, _ track: AlertTrack?) -> [RuleCheck] {
        let tracked = rules[index]
        switch tracked.terms.rule.condition {
        case .event(let condition):
            guard let heard = lastEvent(of: tracked.terms) else {
                return [RuleCheck("label \(condition.labelText)", "none was heard", false)]
            }
            var checks = condition.checks(heard)
            if let count = condition.count {
                let found = track?.counted.count ?? 0
                checks.append(RuleCheck(count.text, "\(found)", found >= count.events))
            }
            return checks
        case .level(let condition):
            let sources = levels.sources.filter(tracked.terms.isAbout)
            guard !sources.isEmpty else {
                return [RuleCheck(condition.text, condition.value(nil), .unknown)]
            }
            return sources.map { source in
                RuleCheck(
                    "\(source): \(condition.text)",
                    condition.value(window(index, of: source)), levelTruth(index, of: source))
            }
        case .box(let condition):
            let sources: [String?] = condition.isOfDisk ? [nil] : states.names
            return sources.map { source in
                RuleCheck(
                    (source.map { "\($0): " } ?? "") + condition.text,
                    states.value(of: condition, source), states.truth(of: condition, source))
            }
        }
    }

    /// The newest event that concerns a rule, as it was when it last did.
    private func lastEvent(of terms: RuleTerms) -> HeardEvent? {
        guard let condition = terms.event else { return nil }
        return states.lastEvent(isSettled: condition.isSettledOnly) {
            terms.isAbout($0.source) && condition.isOf(label: $0.label)
        }
    }

    private func gateChecks(
        _ index: Int, _ track: AlertTrack, _ now: UTCTime
    ) -> [RuleCheck] {
        guard let gate = closedGate(index, track, at: now) else { return [] }
        let (tracked, rule) = (rules[index], rules[index].terms.rule)
        switch gate.reason {
        case .schedule: return [RuleCheck("within its times", now.localDescription, false)]
        case .inhibited: return [RuleCheck("unless \(gate.by)", "\(gate.by) is firing", false)]
        case .silenced: return [RuleCheck("not silenced", "silence \(gate.by)", false)]
        case .cooldown:
            let last = tracked.memory.firings.last?.time.localDescription ?? "-"
            return [
                RuleCheck(
                    "cooldown of \(Lengths.text(rule.cooldownSeconds))", "last fired \(last)",
                    false)
            ]
        case .ruleLimit:
            let limit = rule.limit.map { "\($0.count) within \(Lengths.text($0.withinSeconds))" }
            return [RuleCheck("at most \(limit ?? "")", "reached", false)]
        case .globalLimit: return [RuleCheck("the limit of all rules", "reached", false)]
        }
    }

    /// What was found when a rule fires.
    func readings(
        _ index: Int, _ track: AlertTrack, _ event: HeardEvent?
    ) -> [ConditionReading] {
        let checks: [RuleCheck]
        switch rules[index].terms.rule.condition {
        case .event(let condition):
            checks =
                (event.map(condition.checks) ?? [])
                + (condition.count.map { [RuleCheck($0.text, "\(track.counted.count)", true)] }
                    ?? [])
        case .level(let condition):
            let window = window(index, of: track.source)
            checks = [RuleCheck(condition.text, condition.value(window), true)]
        case .box(let condition):
            checks = [RuleCheck(condition.text, states.value(of: condition, track.source), true)]
        }
        return checks.map { ConditionReading(condition: $0.condition, value: $0.value) }
    }
}

extension RuleEngine {
    /// The track that was followed the furthest.
    private func newestTrack(_ index: Int) -> AlertTrack? {
        func seen(_ track: AlertTrack) -> UTCTime {
            guard truth(of: track, index) != .unknown else { return track.seenAt }
            return max(track.seenAt, states.clock(track.source) ?? track.seenAt)
        }
        return rules[index].memory.tracks.values.max {
            (seen($0), $0.soundAt) < (seen($1), $1.soundAt)
        }
    }
}
