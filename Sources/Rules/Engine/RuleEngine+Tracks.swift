internal import AlertTypes
internal import SoundTypes
internal import Timekeeping

extension RuleEngine {
    /// Looks at tracks of a rule, and goes on with them.
    mutating func judge(_ index: Int, _ keys: [String], _ decision: inout Decision) {
        for key in keys { judge(index, key, &decision) }
        // Tracks that were not looked at now may be due: then the rule stays as `judge` left it.
        if rules[index].memory.tracks.keys.allSatisfy(keys.contains) { setCalm(index) }
    }

    /// Looks at one track of a rule, and goes on with it.
    mutating func judge(_ index: Int, _ key: String, _ decision: inout Decision) {
        guard let place = rules[index].memory.tracks.index(forKey: key) else { return }
        var track = rules[index].memory.tracks.values[place]
        let now = clock(index, track.source) ?? track.seenAt
        let truth = truth(of: track, index)
        let before = track
        switch truth {
        case .unknown: track.freeze(until: now)
        case .holds: hold(&track, index, key, now, &decision)
        case .fails: fail(&track, index, now, &decision)
        }
        if truth != .unknown { track.seenAt = max(track.seenAt, now) }
        let isDone =
            truth == .fails && !track.isFiring && track.counted.isEmpty && track.open.isEmpty
        if isDone {
            rules[index].memory.tracks.remove(at: place)
        } else {
            rules[index].memory.tracks.values[place] = track
        }
        if track.isWorthStoring(after: before, rules[index].terms) {
            decision.changedRules.insert(rules[index].terms.rule.name)
        }
    }

    /// What the clock says that a rule goes by.
    func clock(_ index: Int, _ source: String?) -> UTCTime? {
        states.clock(rules[index].followsWallClock ? nil : source)
    }

    func truth(of track: AlertTrack, _ index: Int) -> Truth {
        if let condition = rules[index].terms.event {
            return truth(of: track, condition)
        }
        if !rules[index].followsWallClock, !states.isHeard(track.source) { return .unknown }
        if let condition = rules[index].terms.box {
            return states.truth(of: condition, track.source)
        }
        return levelTruth(index, of: track.source)
    }

    /// A source of which nothing is recognised now, or not yet since a restart, may hear what it
    /// did before.
    func truth(of track: AlertTrack, _ condition: EventCondition) -> Truth {
        guard let count = condition.count else {
            if track.open.contains(where: { states.finds($0.label, of: $0.source) }) {
                return .holds
            }
            let isKnown = track.open.isEmpty && states.finds(condition.onlyLabel, of: track.source)
            return isKnown ? .fails : .unknown
        }
        guard states.finds(condition.onlyLabel, of: track.source) else { return .unknown }
        let oldest = (states.clock(track.source) ?? track.seenAt)
            .adding(seconds: -count.withinSeconds)
        return Truth(track.counted.count { $0.at.time > oldest } >= count.events)
    }

    mutating func hold(
        _ track: inout AlertTrack, _ index: Int, _ key: String, _ now: UTCTime,
        _ decision: inout Decision
    ) {
        if track.isFiring {
            track.clearSince = nil
            remind(&track, index, now, &decision)
            return
        }
        let terms = rules[index].terms
        let since = track.heldSince ?? now
        track.heldSince = since
        let until = terms.lastsWithEvents ? track.heardUntil : now
        guard until.seconds(since: since) >= terms.rule.holdSeconds else { return }
        track.heldBack = closedGate(index, track, at: now)
        if track.heldBack == nil { fire(&track, index, key, now, &decision) }
    }

    mutating func fire(
        _ track: inout AlertTrack, _ index: Int, _ key: String, _ now: UTCTime,
        _ decision: inout Decision
    ) {
        let terms = rules[index].terms
        lastAlertID += 1
        track.forgetCounted(terms, at: now)
        let events = track.counted.isEmpty ? track.open : track.counted.map(\.event)
        let event = events.last.flatMap { states.event($0.id) }
        let alert = Alert(
            id: lastAlertID, rule: terms.rule.name, group: key,
            source: track.isOfOneSource ? track.source : nil, soundAt: track.soundAt,
            detectedAt: track.detectedAt, firedAt: now, decidedAt: decidedAt ?? now,
            readings: readings(index, track, event),
            events: events.suffix(Alert.eventLimit),
            eventCount: events.count)
        (track.alert, track.toldAt, track.clearSince) = (alert, now, nil)
        lookAgain(at: kinds.inhibited)
        rules[index].memory.firings.append(Moment(time: now, source: track.source))
        rules[index].trimFirings(globalLimit: limit)
        firings.append(Moment(time: now, source: track.source))
        if firings.count > limit?.count ?? 0 { firings.removeFirst() }
        decision.note(alert)
        tell(alert, .fired, terms, now, event?.event, &decision)
    }

    /// Tells the owner again of what lasts.
    mutating func remind(
        _ track: inout AlertTrack, _ index: Int, _ now: UTCTime, _ decision: inout Decision
    ) {
        let terms = rules[index].terms
        guard let interval = terms.rule.repeatSeconds, var alert = track.alert,
            alert.acknowledgedAt == nil,
            abs(now.seconds(since: track.toldAt ?? alert.firedAt)) >= interval,
            closedGate(index, track, at: now, isRepeat: true) == nil
        else { return }
        alert.repeats += 1
        (track.alert, track.toldAt) = (alert, now)
        decision.note(alert)
        let event = track.open.last.flatMap { states.event($0.id) }
        tell(alert, .repeated, terms, now, event?.event, &decision)
    }

    mutating func fail(
        _ track: inout AlertTrack, _ index: Int, _ now: UTCTime, _ decision: inout Decision
    ) {
        let terms = rules[index].terms
        track.heldSince = nil
        track.forgetCounted(terms, at: now)
        guard var alert = track.alert else {
            if let gate = track.heldBack {
                rules[index].count(gate, at: now, &decision)
                track.heldBack = nil
            }
            return
        }
        let since = track.clearSince ?? now
        track.clearSince = since
        let isRetracted =
            !alert.events.isEmpty && alert.events.count == alert.eventCount
            && alert.events.allSatisfy(\.isRetracted)
        let isCrowded = rules[index].memory.tracks.count > AlertTrack.limit
        guard isRetracted || isCrowded || now.seconds(since: since) >= terms.rule.keepFiringSeconds
        else { return }
        alert.resolvedAt = now
        alert.resolution = isRetracted ? .retracted : .cleared
        track.alert = nil
        lookAgain(at: kinds.inhibited)
        decision.note(alert)
        tell(alert, .resolved, terms, now, nil, &decision)
    }

    func tell(
        _ alert: Alert, _ occasion: Occasion, _ terms: RuleTerms, _ now: UTCTime,
        _ event: SoundEvent?,
        _ decision: inout Decision
    ) {
        let actions = terms.rule.actions.filter { $0.occasions.contains(occasion) }
        decision.firings.append(
            Firing(alert: alert, occasion: occasion, actions: actions, at: now, event: event))
    }
}
