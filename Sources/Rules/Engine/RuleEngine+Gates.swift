internal import AlertTypes
internal import Timekeeping

extension RuleEngine {
    /// What keeps a rule from telling its owner now; `nil` if nothing does.
    func closedGate(
        _ index: Int, _ track: AlertTrack, at now: UTCTime, isRepeat: Bool = false
    ) -> HeldBack? {
        let terms = rules[index].terms
        if let schedule = terms.rule.schedule, !schedule.contains(now) {
            return HeldBack(reason: .schedule)
        }
        if !terms.rule.inhibitors.isEmpty,
            let inhibitor = rules.indices.first(where: {
                terms.rule.inhibitors.contains(rules[$0].terms.rule.name) && rules[$0].isFiring
            })
        {
            return HeldBack(reason: .inhibited, by: rules[inhibitor].terms.rule.name)
        }
        if let silence = silences.first(where: {
            $0.isActive(at: now) && $0.concerns(terms.rule, track)
        }) {
            return HeldBack(reason: .silenced, by: "\(silence.id)")
        }
        guard !isRepeat else { return nil }
        if let last = rules[index].memory.firings.last?.time,
            isWithin(terms.rule.cooldownSeconds, last, now)
        {
            return HeldBack(reason: .cooldown)
        }
        if let limit = terms.rule.limit, isReached(limit, rules[index].memory.firings, now) {
            return HeldBack(reason: .ruleLimit)
        }
        if let limit, isReached(limit, firings, now) { return HeldBack(reason: .globalLimit) }
        return nil
    }

    /// - Parameter firings: the oldest first
    func isReached(_ limit: FiringLimit, _ firings: [Moment], _ now: UTCTime) -> Bool {
        firings.count >= limit.count
            && isWithin(limit.withinSeconds, firings[firings.count - limit.count].time, now)
    }

    /// In either direction: two sources may be a moment apart, and a wall clock that was once years
    /// ahead must not silence a rule for years.
    func isWithin(_ seconds: Double, _ time: UTCTime, _ now: UTCTime) -> Bool {
        abs(now.seconds(since: time)) < seconds
    }
}
