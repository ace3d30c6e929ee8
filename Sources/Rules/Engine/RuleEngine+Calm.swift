internal import AlertTypes
internal import Timekeeping

extension RuleEngine {
    /// Whether time alone changes nothing about a rule now.
    func isCalm(_ index: Int) -> Bool {
        guard let calm = rules[index].calm else { return rules[index].memory.tracks.isEmpty }
        return calm.epoch == gateEpoch
            && states.latest(ofWall: rules[index].terms.followsWallClock) < calm.until
    }

    mutating func setCalm(_ index: Int) {
        var until = UTCTime(microseconds: .max)
        for track in rules[index].memory.tracks.values {
            guard let end = calmEnd(track, index) else { return }
            until = min(until, end)
        }
        rules[index].calm = TrackedRule.Calm(until: until, epoch: gateEpoch)
    }

    /// When a track has to be looked at again, if nothing is heard before; `nil`: each time.
    func calmEnd(_ track: AlertTrack, _ index: Int) -> UTCTime? {
        let rule = rules[index].terms.rule
        var end = UTCTime(microseconds: .max)
        if let count = rules[index].terms.event?.count {
            let oldest = track.counted.lazy.map(\.at.time).min()
            if let oldest { end = oldest.adding(seconds: count.withinSeconds) }
        }
        switch truth(of: track, index) {
        case .unknown: return nil
        case .holds where track.alert == nil:
            guard track.heldBack == nil else {
                return openingEnd(track, index).map { min(end, $0) }
            }
            guard !rules[index].terms.lastsWithEvents else { return end }
            return track.heldSince.map { min(end, $0.adding(seconds: rule.holdSeconds)) }
        case .holds:
            guard let interval = rule.repeatSeconds, let alert = track.alert,
                alert.acknowledgedAt == nil
            else { return end }
            return min(end, (track.toldAt ?? alert.firedAt).adding(seconds: interval))
        case .fails:
            guard track.alert != nil else { return end }
            return track.clearSince.map { min(end, $0.adding(seconds: rule.keepFiringSeconds)) }
        }
    }

    /// When the gate that holds a track back may open, or another one may close; `nil`: at any
    /// time. A cooldown and limits are known to last.
    func openingEnd(_ track: AlertTrack, _ index: Int) -> UTCTime? {
        let rule = rules[index].terms.rule
        guard rule.schedule == nil, silences.isEmpty else { return nil }
        switch track.heldBack?.reason {
        case .cooldown:
            return rules[index].memory.firings.last?.time.adding(seconds: rule.cooldownSeconds)
        case .ruleLimit:
            return rule.limit.flatMap { openingEnd($0, rules[index].memory.firings) }
        case .globalLimit: return limit.flatMap { openingEnd($0, firings) }
        case .schedule, .inhibited, .silenced, nil: return nil
        }
    }

    /// When a limit that is reached no longer is: the last firing that reaches it is too old.
    func openingEnd(_ limit: FiringLimit, _ firings: [Moment]) -> UTCTime? {
        guard firings.count >= limit.count else { return nil }
        return firings[firings.count - limit.count].time.adding(seconds: limit.withinSeconds)
    }

    /// Notes how far the tracks of a source were followed, before its clock may be another one.
    mutating func touch(_ source: String) {
        guard let clock = states.clock(source) else { return }
        for index in rules.indices where !rules[index].terms.followsWallClock {
            for (key, track) in rules[index].memory.tracks
            where track.source == source && track.seenAt < clock
                && truth(of: track, index) != .unknown
            {
                rules[index].memory.tracks[key]?.seenAt = clock
            }
        }
    }
}
