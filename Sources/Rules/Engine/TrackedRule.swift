internal import AlertTypes
internal import SoundTypes
internal import Timekeeping

/// A rule, what it remembers, and what it measures.
struct TrackedRule: Sendable {
    /// The rule and what follows from it. One object, which costs little to copy.
    let terms: RuleTerms
    let followsWallClock: Bool
    var memory: RuleMemory {
        didSet { lookAt = .distantPast }
    }
    /// When it has to be looked at again, if nothing is heard before.
    var lookAt = UTCTime.distantPast
    /// What was last found of conditions that are so or not, by what they are about.
    var judged = BySource<Truth>()

    /// - Parameter memory: what it remembers of before; what is about another condition is left
    ///   out, and its alerts are returned
    init(_ rule: Rule, memory: RuleMemory?, orphans: inout [Alert]) {
        terms = RuleTerms(rule)
        followsWallClock = rule.condition.followsWallClock
        let condition = "\(rule.condition.text) by \(terms.rule.grouping.rawValue)"
        self.memory = memory ?? RuleMemory(condition: condition)
        guard self.memory.condition != condition else { return }
        orphans += self.memory.tracks.values.compactMap(\.alert).sorted { $0.id < $1.id }
        self.memory.condition = condition
        self.memory.tracks = [:]
    }

    /// Whether it has an alert that lasts.
    var isFiring: Bool { memory.tracks.values.contains(where: \.isFiring) }

    /// A clock was set: that of a source, or, if there is none, the one that the rule goes by.
    mutating func step(_ source: String?, bySeconds step: Double) {
        for key in memory.tracks.keys where source == nil || memory.tracks[key]?.source == source {
            memory.tracks[key]?.move(bySeconds: step)
        }
        for key in memory.tracks.keys where source != nil {
            memory.tracks[key]?.moveCounted(of: source, bySeconds: step)
        }
        for index in memory.firings.indices
        where source == nil || memory.firings[index].source == source {
            memory.firings[index].move(bySeconds: step)
        }
    }

    /// Forgets firings that neither the cooldown nor a limit asks for.
    mutating func trimFirings(globalLimit: FiringLimit?) {
        let needed = max(1, terms.rule.limit?.count ?? 0, globalLimit?.count ?? 0)
        if memory.firings.count > needed {
            memory.firings.removeFirst(memory.firings.count - needed)
        }
    }
}

// MARK: Restarts and gaps

extension TrackedRule {
    /// Begins where it stopped: sources had been heard until then.
    mutating func resume(
        heardUntil: [String: UTCTime], sources: Set<String>?, orphans: inout [Alert]
    ) {
        for (key, track) in memory.tracks.sorted(by: { $0.key < $1.key }) {
            guard let source = track.source else { continue }
            if let sources, !sources.contains(source) {
                forget(key, without: sources, &orphans)
            } else if let heard = heardUntil[source] {
                memory.tracks[key]?.seenAt = max(track.seenAt, heard)
            }
        }
    }

    /// A source is heard again from `time` on. If that is before what was heard of it last, its
    /// clock was set. Returns whether there is a track that this concerns.
    mutating func resume(_ source: String, at time: UTCTime) -> Bool {
        for key in memory.tracks.keys where memory.tracks[key]?.source == source {
            let step = time.seconds(since: memory.tracks[key]?.seenAt ?? time)
            guard step < 0 else { continue }
            memory.tracks[key]?.move(bySeconds: step)
            memory.tracks[key]?.moveCounted(of: source, bySeconds: step)
        }
        return freeze(source, until: time)
    }

    /// The source that a track follows is gone: so is the track, unless it is about others, too.
    private mutating func forget(
        _ key: String, without sources: Set<String>, _ orphans: inout [Alert]
    ) {
        guard var track = memory.tracks.removeValue(forKey: key) else { return }
        guard !track.isOfOneSource else {
            orphans += [track.alert].compactMap(\.self)
            return
        }
        track.forgetOpen { !sources.contains($0.source) }
        track.source = track.open.last?.source ?? sources.min()
        memory.tracks[key] = track
    }

    /// Nothing could be heard from a source until `time`. Returns whether there is a track that
    /// this concerns.
    mutating func freeze(_ source: String, until time: UTCTime) -> Bool {
        let keys = memory.tracks.keys.filter { memory.tracks[$0]?.source == source }
        for key in keys { memory.tracks[key]?.freeze(until: time) }
        return !keys.isEmpty
    }

    /// Events of a source that are no longer known to be heard are over. Returns the keys of the
    /// tracks that this concerns, sorted.
    mutating func forgetOpen(of source: String) -> [String] {
        memory.tracks.keys.sorted().filter { key in
            guard let track = memory.tracks[key],
                track.open.contains(where: { $0.source == source })
            else { return false }
            memory.tracks[key]?.forgetOpen { $0.source == source }
            return true
        }
    }
}

// MARK: Events

extension TrackedRule {
    /// Takes an event that meets the condition into a track.
    mutating func take(
        _ heard: HeardEvent, into key: String, at clock: UTCTime?, _ decision: inout Decision
    ) {
        let now = clock ?? heard.heardUntil
        let source = heard.event.source
        var track =
            memory.tracks[key]
            ?? AlertTrack(source: source, isOfOneSource: terms.rule.grouping != .rule, at: now)
        let before = track
        let isFirst = track.open.isEmpty
        let isNew = track.note(heard.listed)
        track.source = source
        track.heardUntil = isFirst ? heard.heardUntil : max(track.heardUntil, heard.heardUntil)
        guard let condition = terms.event else { return }
        if isNew, let count = condition.count {
            track.count(heard.listed, at: Moment(time: now, source: source), count)
        }
        if !track.isFiring, isNew, isFirst || condition.count != nil {
            (track.soundAt, track.detectedAt) = (heard.onset, now)
        }
        if condition.count == nil, track.heldSince == nil {
            track.heldSince = heard.onset.adding(seconds: condition.minimumDurationSeconds)
        }
        if isNew, var alert = track.alert {
            alert.add(heard.listed)
            track.alert = alert
            decision.note(alert)
        }
        if track.isWorthStoring(after: before, terms) {
            decision.changedRules.insert(terms.rule.name)
        }
        memory.tracks[key] = track
    }

    /// An event is over. Returns the keys of the tracks that this concerns, sorted.
    mutating func close(_ heard: HeardEvent, _ decision: inout Decision) -> [String] {
        change(heard, &decision) { track in
            guard track.open.isEmpty, track.isFiring else { return }
            track.clearSince = max(heard.heardUntil, track.unheardUntil ?? heard.heardUntil)
        }
    }

    /// An event was none. Returns the keys of the tracks that this concerns, sorted.
    mutating func retract(_ heard: HeardEvent, _ decision: inout Decision) -> [String] {
        change(heard, &decision) { track in
            track.counted.removeAll { $0.event.id == heard.event.id }
        }
    }

    private mutating func change(
        _ heard: HeardEvent, _ decision: inout Decision, _ body: (inout AlertTrack) -> Void
    ) -> [String] {
        guard !memory.tracks.isEmpty else { return [] }
        let id = heard.event.id
        let keys = memory.tracks.compactMap { $0.value.knows(id) ? $0.key : nil }.sorted()
        for key in keys {
            guard var track = memory.tracks[key] else { continue }
            let before = track
            _ = track.note(heard.listed)
            if var alert = track.alert {
                alert.note(heard.listed)
                track.alert = alert
                if alert != before.alert { decision.note(alert) }
            }
            track.open.removeAll { $0.id == id }
            body(&track)
            if track.isWorthStoring(after: before, terms) {
                decision.changedRules.insert(terms.rule.name)
            }
            memory.tracks[key] = track
        }
        return keys
    }

    mutating func acknowledge(
        _ id: Int64, at time: UTCTime, _ comment: String, _ decision: inout Decision
    ) {
        for (key, track) in memory.tracks where track.alert?.id == id {
            guard var alert = track.alert, alert.acknowledgedAt != time else { continue }
            (alert.acknowledgedAt, alert.acknowledgement) = (time, comment)
            memory.tracks[key]?.alert = alert
            decision.note(alert)
            decision.changedRules.insert(terms.rule.name)
        }
    }

    /// A firing was held back for good.
    mutating func count(_ gate: HeldBack, at time: UTCTime, _ decision: inout Decision) {
        let second = time.microseconds / 1_000_000
        let hour = UTCTime(microseconds: (second - second % 3_600) * 1_000_000)
        // Sources may be in two hours at a time, and a clock may be set back.
        memory.suppressions.removeAll { abs($0.hour.seconds(since: hour)) > 2 * 3_600 }
        let index = memory.suppressions.firstIndex {
            $0.hour == hour && $0.reason == gate.reason && $0.by == gate.by
        }
        if let index {
            memory.suppressions[index].count += 1
            memory.suppressions[index].last = time
            decision.suppressions.append(memory.suppressions[index])
        } else {
            let first = Suppression(
                rule: terms.rule.name, reason: gate.reason, by: gate.by, hour: hour, first: time,
                last: time, count: 1)
            memory.suppressions.append(first)
            decision.suppressions.append(first)
        }
        decision.changedRules.insert(terms.rule.name)
    }
}

extension AlertTrack {
    /// Takes a new state of an event that is being heard. Returns whether it is a new one.
    mutating func note(_ event: AlertEvent) -> Bool {
        if let index = counted.firstIndex(where: { $0.event.id == event.id }) {
            counted[index].event = event
        }
        if let index = open.firstIndex(where: { $0.id == event.id }) {
            open[index] = event
            return false
        }
        open.append(event)
        return true
    }

    /// Events are no longer known to be heard. The alert lists them as they were last heard.
    mutating func forgetOpen(where isForgotten: (AlertEvent) -> Bool) {
        if let alert { self.alert = alert }
        open.removeAll(where: isForgotten)
    }

    mutating func count(_ event: AlertEvent, at moment: Moment, _ count: EventCount) {
        counted.append(CountedEvent(event: event, at: moment))
        // More than it takes, since some may be retracted.
        if counted.count > count.events + 16 { counted.removeFirst() }
    }
}

extension Alert {
    /// Takes the newest state of an event, if it is one of those that are listed.
    mutating func note(_ event: AlertEvent) {
        if let index = events.firstIndex(where: { $0.id == event.id }) { events[index] = event }
    }

    mutating func add(_ event: AlertEvent) {
        events.append(event)
        eventCount += 1
        if events.count > Self.eventLimit { events.removeFirst() }
    }
}

extension Moment {
    mutating func move(bySeconds step: Double) { time = time.adding(seconds: step) }
}
