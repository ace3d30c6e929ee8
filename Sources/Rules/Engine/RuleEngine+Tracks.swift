internal import AlertTypes
internal import SoundTypes
internal import Timekeeping

extension RuleEngine {
    /// Looks at one track of a rule, and goes on with it.
    mutating func judge(_ index: Int, _ key: String, _ decision: inout Decision) {
        guard var track = rules[index].memory.tracks[key] else { return }
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
            truth == .fails && track.alert == nil && track.counted.isEmpty && track.open.isEmpty
        rules[index].memory.tracks[key] = isDone ? nil : track
        if track.isWorthStoring(after: before, rules[index].terms.rule) {
            decision.changedRules.insert(rules[index].terms.rule.name)
        }
    }

    /// What the clock says that a rule goes by.
    func clock(_ index: Int, _ source: String?) -> UTCTime? {
        states.clock(rules[index].terms.followsWallClock ? nil : source)
    }

    func truth(of track: AlertTrack, _ index: Int) -> Truth {
        if let condition = rules[index].terms.event {
            return truth(of: track, condition)
        }
        if !rules[index].terms.followsWallClock, !states.isHeard(track.source) { return .unknown }
        if let condition = rules[index].terms.box {
            return states.truth(of: condition, track.source)
        }
        return track.source.flatMap { rules[index].windows[$0]?.truth } ?? .unknown
    }

    /// A source that is not heard now, or not yet since a restart, may hear what it did before.
    func truth(of track: AlertTrack, _ condition: EventCondition) -> Truth {
        guard let count = condition.count else {
            if track.open.contains(where: { states.isHeard($0.source) }) { return .holds }
            return track.open.isEmpty && states.isHeard(track.source) ? .fails : .unknown
        }
        guard states.isHeard(track.source) else { return .unknown }
        let oldest = (states.clock(track.source) ?? track.seenAt)
            .adding(seconds: -count.withinSeconds)
        return Truth(track.counted.count { $0.at.time > oldest } >= count.events)
    }

    mutating func hold(
        _ track: inout AlertTrack, _ index: Int, _ key: String, _ now: UTCTime,
        _ decision: inout Decision
    ) {
        if track.alert != nil {
            track.clearSince = nil
            remind(&track, index, now, &decision)
            return
        }
        let rule = rules[index].terms.rule
        let since = track.heldSince ?? now
        track.heldSince = since
        let until = rule.condition.lastsWithEvents ? track.heardUntil : now
        guard until.seconds(since: since) >= rule.holdSeconds else { return }
        track.heldBack = closedGate(index, track, at: now)
        if track.heldBack == nil { fire(&track, index, key, now, &decision) }
    }

    mutating func fire(
        _ track: inout AlertTrack, _ index: Int, _ key: String, _ now: UTCTime,
        _ decision: inout Decision
    ) {
        let rule = rules[index].terms.rule
        lastAlertID += 1
        track.forgetCounted(rule, at: now)
        let events = track.counted.isEmpty ? track.open : track.counted.map(\.event)
        let event = events.last.flatMap { states.event($0.id) }
        let alert = Alert(
            id: lastAlertID, rule: rule.name, group: key,
            source: track.isOfOneSource ? track.source : nil, soundAt: track.soundAt,
            detectedAt: track.detectedAt, firedAt: now, decidedAt: decidedAt ?? now,
            readings: readings(rules[index], track, event),
            events: events.suffix(Alert.eventLimit),
            eventCount: events.count)
        (track.alert, track.toldAt, track.clearSince) = (alert, now, nil)
        gateEpoch += 1
        rules[index].memory.firings.append(Moment(time: now, source: track.source))
        rules[index].trimFirings(globalLimit: limit)
        firings.append(Moment(time: now, source: track.source))
        if firings.count > limit?.count ?? 0 { firings.removeFirst() }
        decision.note(alert)
        tell(alert, .fired, rule, now, event?.event, &decision)
    }

    /// Tells the owner again of what lasts.
    mutating func remind(
        _ track: inout AlertTrack, _ index: Int, _ now: UTCTime, _ decision: inout Decision
    ) {
        let rule = rules[index].terms.rule
        guard let interval = rule.repeatSeconds, var alert = track.alert,
            alert.acknowledgedAt == nil,
            abs(now.seconds(since: track.toldAt ?? alert.firedAt)) >= interval,
            closedGate(index, track, at: now, isRepeat: true) == nil
        else { return }
        alert.repeats += 1
        (track.alert, track.toldAt) = (alert, now)
        decision.note(alert)
        let event = track.open.last.flatMap { states.event($0.id) }
        tell(alert, .repeated, rule, now, event?.event, &decision)
    }

    mutating func fail(
        _ track: inout AlertTrack, _ index: Int, _ now: UTCTime, _ decision: inout Decision
    ) {
        let rule = rules[index].terms.rule
        track.heldSince = nil
        track.forgetCounted(rule, at: now)
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
        guard isRetracted || isCrowded || now.seconds(since: since) >= rule.keepFiringSeconds
        else { return }
        alert.resolvedAt = now
        alert.resolution = isRetracted ? .retracted : .cleared
        track.alert = nil
        gateEpoch += 1
        decision.note(alert)
        tell(alert, .resolved, rule, now, nil, &decision)
    }

    func tell(
        _ alert: Alert, _ occasion: Occasion, _ rule: Rule, _ now: UTCTime, _ event: SoundEvent?,
        _ decision: inout Decision
    ) {
        let actions = rule.actions.filter { $0.occasions.contains(occasion) }
        decision.firings.append(
            Firing(alert: alert, occasion: occasion, actions: actions, at: now, event: event))
    }
}
