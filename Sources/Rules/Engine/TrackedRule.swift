internal import AlertTypes
internal import SoundTypes
internal import Timekeeping

/// A rule, what it remembers, and what it measures.
struct TrackedRule: Sendable {
    /// Until when time alone changes nothing about it, unless the gates change.
    struct Calm: Sendable {
        let until: UTCTime
        let epoch: Int
    }

    /// The rule and what follows from it. One object, which costs little to copy.
    let terms: RuleTerms
    var memory: RuleMemory {
        didSet { calm = nil }
    }
    /// `nil`: it has to be looked at again.
    var calm: Calm?
    /// What was last found of conditions that are so or not, by what they are about.
    var judged = BySource<Truth>()
    /// Windows of levels, by source; refilled from the past after a restart.
    var windows = BySource<LevelWindow>()
    /// The last event that had one of its labels.
    var lastEvent: HeardEvent?
    /// Whether its windows are still to be filled with the past.
    var isFresh = true

    /// - Parameter memory: what it remembers of before; what is about another condition is left
    ///   out, and its alerts are returned
    init(_ rule: Rule, memory: RuleMemory?, orphans: inout [Alert]) {
        terms = RuleTerms(rule)
        let condition = "\(rule.condition.text) by \(rule.grouping.rawValue)"
        self.memory = memory ?? RuleMemory(condition: condition)
        guard self.memory.condition != condition else { return }
        orphans += self.memory.tracks.values.compactMap(\.alert).sorted { $0.id < $1.id }
        self.memory.condition = condition
        self.memory.tracks = [:]
    }

    private var rule: Rule { terms.rule }

    /// Whether it has an alert that lasts.
    var isFiring: Bool { memory.tracks.values.contains { $0.alert != nil } }

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
        guard let source else { return }
        windows.change(source) { $0.move(bySeconds: step) }
    }

    /// Forgets firings that neither the cooldown nor a limit asks for.
    mutating func trimFirings(globalLimit: FiringLimit?) {
        let needed = max(1, rule.limit?.count ?? 0, globalLimit?.count ?? 0)
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
        track.open.removeAll { !sources.contains($0.source) }
        track.source = track.open.last?.source ?? sources.min()
        memory.tracks[key] = track
    }

    /// Goes on with what the same rule measured.
    mutating func takeMeasurements(of old: TrackedRule) {
        (windows, lastEvent) = (old.windows, old.lastEvent)
        isFresh = false
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
            memory.tracks[key]?.open.removeAll { $0.source == source }
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
            ?? AlertTrack(source: source, isOfOneSource: rule.grouping != .rule, at: now)
        let before = memory.tracks[key]
        let isFirst = track.open.isEmpty
        let isNew = track.note(heard.listed)
        track.source = source
        track.heardUntil = isFirst ? heard.heardUntil : max(track.heardUntil, heard.heardUntil)
        guard let condition = terms.event else { return }
        if isNew, let count = condition.count {
            track.count(heard.listed, at: Moment(time: now, source: source), count)
        }
        if track.alert == nil, isNew, isFirst || condition.count != nil {
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
        if track.isWorthStoring(after: before, rule) { decision.changedRules.insert(rule.name) }
        memory.tracks[key] = track
    }

    /// An event is over. Returns the keys of the tracks that this concerns, sorted.
    mutating func close(_ heard: HeardEvent, _ decision: inout Decision) -> [String] {
        change(heard, &decision) { track in
            track.open.removeAll { $0.id == heard.event.id }
            guard track.open.isEmpty, track.alert != nil else { return }
            track.clearSince = max(heard.heardUntil, track.unheardUntil ?? heard.heardUntil)
        }
    }

    /// An event was none. Returns the keys of the tracks that this concerns, sorted.
    mutating func retract(_ heard: HeardEvent, _ decision: inout Decision) -> [String] {
        change(heard, &decision) { track in
            track.open.removeAll { $0.id == heard.event.id }
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
            body(&track)
            if let alert = track.alert, alert != before.alert { decision.note(alert) }
            if track.isWorthStoring(after: before, rule) {
                decision.changedRules.insert(rule.name)
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
            decision.changedRules.insert(rule.name)
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
                rule: rule.name, reason: gate.reason, by: gate.by, hour: hour, first: time,
                last: time, count: 1)
            memory.suppressions.append(first)
            decision.suppressions.append(first)
        }
        decision.changedRules.insert(rule.name)
    }
}

extension AlertTrack {
    func knows(_ event: Int64) -> Bool {
        open.contains { $0.id == event } || counted.contains { $0.event.id == event }
            || alert?.events.contains { $0.id == event } ?? false
    }

    /// Takes a new state of an event that is being heard. Returns whether it is a new one.
    mutating func note(_ event: AlertEvent) -> Bool {
        if let index = counted.firstIndex(where: { $0.event.id == event.id }) {
            counted[index].event = event
        }
        if let index = alert?.events.firstIndex(where: { $0.id == event.id }) {
            alert?.events[index] = event
        }
        if let index = open.firstIndex(where: { $0.id == event.id }) {
            open[index] = event
            return false
        }
        open.append(event)
        return true
    }

    mutating func count(_ event: AlertEvent, at moment: Moment, _ count: EventCount) {
        counted.append(CountedEvent(event: event, at: moment))
        // More than it takes, since some may be retracted.
        if counted.count > count.events + 16 { counted.removeFirst() }
    }
}

extension Alert {
    mutating func add(_ event: AlertEvent) {
        events.append(event)
        eventCount += 1
        if events.count > Self.eventLimit { events.removeFirst() }
    }
}

extension Moment {
    mutating func move(bySeconds step: Double) { time = time.adding(seconds: step) }
}

/// A rule, taken apart once.
final class RuleTerms: Sendable {
    let rule: Rule
    let event: EventCondition?
    let level: LevelCondition?
    let box: BoxCondition?
    let followsWallClock: Bool
    let lastsWithEvents: Bool
    let historySeconds: Int

    init(_ rule: Rule) {
        self.rule = rule
        followsWallClock = rule.condition.followsWallClock
        lastsWithEvents = rule.condition.lastsWithEvents
        historySeconds = rule.condition.historySeconds
        switch rule.condition {
        case .event(let condition): (event, level, box) = (condition, nil, nil)
        case .level(let condition): (event, level, box) = (nil, condition, nil)
        case .box(let condition): (event, level, box) = (nil, nil, condition)
        }
    }
}

/// Which rules are about what, by their indices.
struct RuleKinds: Sendable {
    private(set) var events: [Int] = []
    /// Levels of all seconds, of those chosen by their labels, and of minutes.
    private(set) var levels: [Int] = []
    private(set) var labelled: [Int] = []
    private(set) var minutes: [Int] = []
    /// States of sources, and of the disk.
    private(set) var boxes: [Int] = []
    private(set) var disks: [Int] = []

    init(_ conditions: [Condition] = []) {
        for (index, condition) in conditions.enumerated() {
            switch condition {
            case .event: events.append(index)
            case .level(let condition) where condition.quantity.isPercentile: minutes.append(index)
            case .level(let condition) where condition.namesLabels: labelled.append(index)
            case .level: levels.append(index)
            case .box(let condition) where condition.isOfDisk: disks.append(index)
            case .box: boxes.append(index)
            }
        }
    }
}
