internal import AlertTypes
internal import Timekeeping

extension RuleEngine {
    // These are asked for each rule and second. They are inlined, and read a rule part by part,
    // since a call may be made with a copy of the engine or the rule, which costs more than the
    // answer.

    /// Whether it is time to look at a rule again.
    @inline(__always)
    func isDue(_ index: Int, _ clocks: Clocks) -> Bool {
        rules[index].lookAt <= (rules[index].followsWallClock ? clocks.wall : clocks.audio)
    }

    /// Whether nothing changes because of what is found of something that a rule is about.
    @inline(__always)
    func isSettled(_ index: Int, _ truth: Truth, about key: String) -> Bool {
        truth != .unknown && rules[index].judged[key] == truth
            && (rules[index].memory.tracks.isEmpty || !isDue(index, states.clocks))
    }

    /// Something changed that may concern rules, such as what keeps them from firing.
    mutating func lookAgain(at indices: some Sequence<Int>) {
        for index in indices { rules[index].lookAt = .distantPast }
    }

    /// Notes when a rule whose tracks were looked at has to be looked at again.
    mutating func setCalm(_ index: Int) {
        var end = UTCTime.distantFuture
        for track in rules[index].memory.tracks.values {
            end = min(end, calmEnd(track, index) ?? .distantPast)
        }
        rules[index].lookAt = end
    }

    /// When a track has to be looked at again, if nothing is heard before; `nil`: each time.
    func calmEnd(_ track: AlertTrack, _ index: Int) -> UTCTime? {
        let terms = rules[index].terms
        var end = UTCTime.distantFuture
        if let count = terms.event?.count {
            let oldest = track.counted.lazy.map(\.at.time).min()
            if let oldest { end = oldest.adding(seconds: count.withinSeconds) }
        }
        switch truth(of: track, index) {
        case .unknown: return nil
        case .holds where !track.isFiring:
            guard track.heldBack == nil else {
                return openingEnd(track, index).map { min(end, $0) }
            }
            guard !terms.lastsWithEvents else { return end }
            return track.heldSince.map { min(end, $0.adding(seconds: terms.rule.holdSeconds)) }
        case .holds:
            guard let interval = terms.rule.repeatSeconds, let alert = track.alert,
                alert.acknowledgedAt == nil
            else { return end }
            return min(end, (track.toldAt ?? alert.firedAt).adding(seconds: interval))
        case .fails:
            guard track.isFiring else { return end }
            // Of too many, those that need not be kept are over.
            guard rules[index].memory.tracks.count <= AlertTrack.limit else { return nil }
            return track.clearSince.map {
                min(end, $0.adding(seconds: terms.rule.keepFiringSeconds))
            }
        }
    }

    /// When the gate that holds a track back may open, or another one may close; `nil`: at any
    /// time. A cooldown and limits are known to last.
    func openingEnd(_ track: AlertTrack, _ index: Int) -> UTCTime? {
        let terms = rules[index].terms
        guard terms.rule.schedule == nil, silences.isEmpty else { return nil }
        switch track.heldBack?.reason {
        case .cooldown:
            return rules[index].memory.firings.last?.time.adding(
                seconds: terms.rule.cooldownSeconds)
        case .ruleLimit:
            return terms.rule.limit.flatMap { openingEnd($0, rules[index].memory.firings) }
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
        for index in rules.indices where !rules[index].followsWallClock {
            for (key, track) in rules[index].memory.tracks
            where track.source == source && track.seenAt < clock
                && truth(of: track, index) != .unknown
            {
                rules[index].memory.tracks[key]?.seenAt = clock
            }
        }
    }
}
