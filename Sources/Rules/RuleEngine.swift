public import AlertTypes
internal import LevelTypes
internal import SoundTypes
public import Timekeeping

/// Decides what to tell the owner, from observations alone: no I/O and no clock of its own.
///
/// Each rule has a condition, which holds, fails or is unknown at any time (`Truth`), and tracks
/// (`AlertTrack`) of what it is about. All times are those of the audio, so a replay gives the same
/// alerts; a clock that is set takes them along. What is remembered is bounded: the events that are
/// being heard, the windows of levels, and for each rule its tracks and newest firings.
///
/// What must survive a restart is in `record(of:)`, under the name of the rule. The windows are
/// refilled by `recall`.
public struct RuleEngine: Sendable {
    /// Inhibitors come before what they inhibit.
    var rules: [TrackedRule]
    var states: SourceStates
    var silences: [Silence] = []
    /// Events that ended with the last observation, unless their next part follows.
    private var ending: [HeardEvent] = []
    private var lastAlertID: Int64
    private var limit: FiringLimit?
    private var needsTicks: Bool
    private var hasBegun = false
    /// The sources that there are; `nil`: any.
    private let sources: Set<String>?
    /// When labels were heard in the past that is recalled.
    private var recalledLabels: SourceStates
    /// What the wall clock says while an observation is processed.
    private var decidedAt: UTCTime?
    private var isRecalling = true
    private var kinds = RuleKinds()
    /// Counted up when an alert begins or is over, or silences change: gates may open or close.
    private var gateEpoch = 0

    /// - Parameters:
    ///   - rules: valid ones: unique names, inhibitors without a cycle, groups resolved to labels
    ///   - records: what rules remember of before
    ///   - lastFirings: when rules without a record fired last
    ///   - heardUntil: how far each source was heard before
    ///   - sources: those there are; alerts about others are over. `nil`: any
    ///   - lastAlertID: the highest number of an alert
    ///   - orphans: gets the alerts that are over because there is no such rule or source, or its
    ///     condition is another one
    public init(
        rules: RuleSet, records: [RuleRecord] = [], lastFirings: [String: UTCTime] = [:],
        heardUntil: [String: UTCTime] = [:], sources: Set<String>? = nil,
        lastAlertID: Int64 = 0, orphans: inout [Alert]
    ) {
        limit = rules.limit
        self.lastAlertID = lastAlertID
        self.sources = sources
        states = SourceStates(
            watchedLabels: rules.watchedLabels, expected: sources ?? [])
        recalledLabels = SourceStates(watchedLabels: rules.watchedLabels, expected: [])
        needsTicks = rules.needsTicks
        let memories = RuleMemory.read(records)
        self.rules = Self.tracked(rules, memories, orphans: &orphans)
        for index in self.rules.indices {
            let name = self.rules[index].about.rule.name
            if memories[name] == nil, let time = lastFirings[name] {
                self.rules[index].memory.firings = [Moment(time: time)]
            }
            self.rules[index].resume(heardUntil: heardUntil, sources: sources, orphans: &orphans)
        }
        kinds = RuleKinds(self.rules.map(\.rule.condition))
    }

    /// What a rule must not forget over a restart; `nil` if there is no such rule.
    public func record(of rule: String) -> RuleRecord? {
        rules.first { $0.rule.name == rule }.map { RuleRecord(rule: rule, json: $0.memory.json) }
    }

    /// The alerts that last.
    public var alerts: [Alert] {
        rules.flatMap { $0.memory.tracks.values.compactMap(\.alert) }.sorted { $0.id < $1.id }
    }

    /// Puts other rules in the place of those there are. Rules that stay the same go on as if
    /// nothing had happened; the windows of others are filled by `recall`.
    ///
    /// - Parameter orphans: gets the alerts that are over because there is no such rule, or its
    ///   condition is another one
    public mutating func replaceRules(_ new: RuleSet, orphans: inout [Alert]) {
        let before = Dictionary(uniqueKeysWithValues: rules.map { ($0.rule.name, $0) })
        rules = Self.tracked(new, before.mapValues(\.memory), orphans: &orphans)
        for index in rules.indices {
            guard let old = before[rules[index].about.rule.name],
                old.rule.condition == rules[index].about.rule.condition
            else { continue }
            rules[index].takeMeasurements(of: old)
        }
        (limit, needsTicks) = (new.limit, new.needsTicks)
        states.watchedLabels = new.watchedLabels
        recalledLabels = SourceStates(watchedLabels: new.watchedLabels, expected: [])
        kinds = RuleKinds(rules.map(\.rule.condition))
        gateEpoch += 1
        isRecalling = true
    }

    private static func tracked(
        _ rules: RuleSet, _ memories: [String: RuleMemory], orphans: inout [Alert]
    ) -> [TrackedRule] {
        let names = Set(rules.rules.map(\.name))
        let gone = memories.filter { !names.contains($0.key) }.values
        orphans += gone.flatMap { $0.tracks.values.compactMap(\.alert) }.sorted { $0.id < $1.id }
        return rules.inOrderOfInhibition.map { rule in
            TrackedRule(rule, memory: memories[rule.name], orphans: &orphans)
        }
    }

    /// The longest stretch of the past that `recall` is to be given, in seconds.
    public var historySeconds: Int {
        rules.lazy.filter(\.isFresh).map(\.rule.condition.historySeconds).max() ?? 0
    }

    /// Takes an observation of the past, before the first one that counts: levels, minutes and
    /// events, each in order. It fills the windows that are empty, and decides nothing.
    public mutating func recall(_ observation: Observation) {
        precondition(isRecalling, "the past comes first")
        if let sources, let source = observation.audioSource, !sources.contains(source) { return }
        switch observation {
        case .level(let source, let second):
            if !hasBegun {
                states.advance(source, to: second.end, isHeard: second.seconds > 0)
                states.note(second, of: source)
            }
            for index in kinds.levels where rules[index].isFresh {
                pushLevel(index, second, of: source)
            }
        case .minute(let source, let start, let histogram, let scale):
            for index in kinds.minutes where rules[index].isFresh {
                pushMinute(index, histogram, scale, start: start, of: source)
            }
        case .event(let event): _ = recalledLabels.take(event)
        default: break
        }
    }

    /// Takes one observation; returns what is decided now.
    ///
    /// - Parameter decidedAt: what the wall clock says now; `nil`: what the audio clock says
    public mutating func process(
        _ observation: Observation, decidedAt: UTCTime? = nil
    ) -> Decision {
        if isRecalling { endRecall() }
        self.decidedAt = decidedAt
        var decision = Decision()
        finishEnded(before: observation, &decision)
        switch observation {
        case .began(let source, let time): begin(source, at: time, &decision)
        case .event(let event): take(event, &decision)
        case .level(let source, let second): take(second, of: source, &decision)
        case .minute(let source, let start, let histogram, let scale):
            for index in kinds.minutes
            where pushMinute(index, histogram, scale, start: start, of: source) {
                let truth = rules[index].windows[source]?.truth ?? .unknown
                judgeLevel(index, source, truth, &decision)
            }
        case .heard(let source, let until):
            states.advance(source, to: until, isHeard: true)
            judgeAll(&decision)
        case .gap(let source, let from, let until): miss(source, from, until, &decision)
        case .clockStepped(let source, let seconds): step(source, by: seconds, &decision)
        case .ended(let source):
            touch(source)
            for heard in states.forgetEvents(of: source) { finish(heard, &decision) }
            states.end(source)
        case .tick(let time, let elapsed): tick(time, elapsed: elapsed, &decision)
        case .disk(let share):
            states.freeDiskShare = share
            judgeDisk(&decision)
        case .calibration(let source, let drift):
            states.note(drift: drift, of: source)
            judgeBox(of: source, &decision)
        case .silences(let silences):
            self.silences = silences
            gateEpoch += 1
        case .acknowledged(let id, let time, let comment):
            acknowledge(id, at: time, comment, &decision)
        }
        return decision
    }

    private mutating func endRecall() {
        isRecalling = false
        for index in rules.indices { rules[index].isFresh = false }
        if !hasBegun { states.takeLabels(of: recalledLabels) }
        hasBegun = true
    }
}

// MARK: Sources

extension RuleEngine {
    /// Whatever was being heard is over; what happened meanwhile is unknown.
    private mutating func begin(
        _ source: String, at time: UTCTime, _ decision: inout Decision
    ) {
        touch(source)
        for index in rules.indices where !rules[index].about.followsWallClock {
            if rules[index].resume(source, at: time) {
                decision.changedRules.insert(rules[index].about.rule.name)
            }
        }
        states.begin(source, at: time)
        _ = states.forgetEvents(of: source)
        for index in rules.indices {
            for key in rules[index].forgetOpen(of: source) { judge(index, key, &decision) }
        }
    }

    private mutating func miss(
        _ source: String, _ from: UTCTime, _ until: UTCTime, _ decision: inout Decision
    ) {
        if states.isHeard(source) {
            states.advance(source, to: from, isHeard: false)
            touch(source)
            judgeAll(&decision)
        }
        states.miss(source)
        gateEpoch += 1
        for index in rules.indices where !rules[index].about.followsWallClock {
            if rules[index].freeze(source, until: until) {
                decision.changedRules.insert(rules[index].about.rule.name)
            }
        }
        states.advance(source, to: until, isHeard: false)
    }

    private mutating func step(
        _ source: String, by seconds: Double, _ decision: inout Decision
    ) {
        states.step(source, by: seconds)
        stepRules(following: source, by: seconds, &decision)
        for index in ending.indices where ending[index].event.source == source {
            ending[index].offsetSeconds += seconds
        }
    }

    private mutating func tick(
        _ time: UTCTime, elapsed seconds: Double, _ decision: inout Decision
    ) {
        let step = states.tick(time, elapsed: seconds)
        if step != 0 { stepRules(following: nil, by: step, &decision) }
        if needsTicks { judgeAll(&decision) }
    }

    /// - Parameter source: whose clock was set; `nil`: the wall clock
    private mutating func stepRules(
        following source: String?, by seconds: Double, _ decision: inout Decision
    ) {
        for index in rules.indices {
            guard rules[index].about.followsWallClock == (source == nil) else { continue }
            rules[index].step(source, bySeconds: seconds)
            guard !rules[index].memory.isEmpty else { continue }
            decision.changedRules.insert(rules[index].about.rule.name)
        }
    }
}

// MARK: Events

extension RuleEngine {
    private mutating func take(_ event: SoundEvent, _ decision: inout Decision) {
        let heard = states.take(event)
        states.advance(event.source, to: heard.heardUntil, isHeard: true)
        if heard.isRetracted {
            retract(heard, &decision)
            return
        }
        for index in kinds.events {
            guard let condition = rules[index].about.event, condition.concerns(event) else {
                continue
            }
            rules[index].lastEvent = heard
            guard condition.accepts(heard) else { continue }
            let key = rules[index].about.rule.grouping.group(of: event)
            rules[index].take(heard, into: key, at: states.clock(event.source), &decision)
            judge(index, key, &decision)
        }
        if heard.isOver { ending.append(heard) }
    }

    /// What ended with the last observation is over, unless its next part follows.
    private mutating func finishEnded(before next: Observation, _ decision: inout Decision) {
        guard !ending.isEmpty else { return }
        let ended = ending
        ending = []
        for heard in ended {
            switch next {
            case .event(let event) where event.id == heard.event.id: break
            case .began(heard.event.source, _): break
            case .gap(heard.event.source, _, _):
                // What a gap cut off may go on: that is not known before audio comes again.
                ending.append(heard)
            case _ where next.audioSource != heard.event.source: ending.append(heard)
            default:
                states.forget(heard)
                finish(heard, &decision)
            }
        }
    }

    private mutating func finish(_ heard: HeardEvent, _ decision: inout Decision) {
        for index in kinds.events {
            for key in rules[index].close(heard, &decision) { judge(index, key, &decision) }
        }
    }

    private mutating func retract(_ heard: HeardEvent, _ decision: inout Decision) {
        states.forget(heard)
        for index in kinds.events {
            for key in rules[index].retract(heard, &decision) { judge(index, key, &decision) }
        }
    }

    private mutating func acknowledge(
        _ id: Int64, at time: UTCTime, _ comment: String, _ decision: inout Decision
    ) {
        for index in rules.indices {
            rules[index].acknowledge(id, at: time, comment, &decision)
        }
    }
}

// MARK: Levels

extension RuleEngine {
    private mutating func take(
        _ second: LevelSecond, of source: String, _ decision: inout Decision
    ) {
        states.advance(source, to: second.end, isHeard: second.seconds > 0)
        states.note(second, of: source)
        for index in kinds.levels {
            guard let truth = pushLevel(index, second, of: source) else { continue }
            judgeLevel(index, source, truth, &decision)
        }
        judgeBox(of: source, &decision)
        judgeAll(&decision)
    }

    /// - Returns: what is known then; `nil` if the rule does not measure the source
    @discardableResult
    private mutating func pushLevel(
        _ index: Int, _ second: LevelSecond, of source: String
    ) -> Truth? {
        guard let condition = rules[index].about.level, condition.measures(source) else {
            return nil
        }
        guard condition.namesLabels else {
            return rules[index].windows[source, default: LevelWindow(condition)]
                .push(second, isLeftOut: false)
        }
        rules[index].delayed[source, default: LabelledSeconds()].add(second)
        for due in rules[index].delayed[source]?.due(at: second.end) ?? [] {
            let labels = (isRecalling ? recalledLabels : states).labels(in: due.start, of: source)
            let isLeftOut = condition.leavesOut(labels)
            rules[index].windows[source, default: LevelWindow(condition)]
                .push(due, isLeftOut: isLeftOut)
        }
        return rules[index].windows[source]?.truth ?? .unknown
    }

    /// - Returns: whether the rule measures the source by the minute
    @discardableResult
    private mutating func pushMinute(
        _ index: Int, _ histogram: LevelHistogram, _ scale: LevelScale, start: UTCTime,
        of source: String
    ) -> Bool {
        guard let condition = rules[index].about.level, condition.measures(source) else {
            return false
        }
        rules[index].windows[source, default: LevelWindow(condition)]
            .push(histogram, minute: start, scale: scale)
        return true
    }

    private mutating func judgeLevel(
        _ index: Int, _ source: String, _ truth: Truth, _ decision: inout Decision
    ) {
        judgeState(
            index, source, source, truth, length: rules[index].about.historySeconds, &decision)
    }

    /// Looks at what is either so or not, and was looked at before.
    private mutating func judgeState(
        _ index: Int, _ key: String, _ source: String?, _ truth: Truth, length: Int,
        _ decision: inout Decision
    ) {
        let isSame = rules[index].judged[key] == truth
        if isSame, truth != .unknown, isCalm(index) { return }
        beginTrack(index, key, source, truth, length: length)
        // Without a clock nothing can be tracked yet.
        let isTracked = truth != .holds || rules[index].memory.tracks[key] != nil
        rules[index].judged[key] = isTracked ? truth : nil
        judge(index, key, &decision)
    }

    /// Begins to track what a rule is about, if its condition holds.
    private mutating func beginTrack(
        _ index: Int, _ key: String, _ source: String?, _ truth: Truth, length: Int
    ) {
        guard truth == .holds, rules[index].memory.tracks[key] == nil,
            let now = clock(index, source)
        else { return }
        var track = AlertTrack(source: source, isOfOneSource: source != nil, at: now)
        track.soundAt = now.adding(seconds: -Double(length))
        rules[index].memory.tracks[key] = track
    }
}

// MARK: The box

extension RuleEngine {
    private mutating func judgeBox(of source: String, _ decision: inout Decision) {
        for index in kinds.boxes {
            guard let condition = rules[index].about.box, condition.watches(source) else {
                continue
            }
            let truth = states.truth(of: condition, source)
            judgeState(index, source, source, truth, length: 0, &decision)
        }
    }

    private mutating func judgeDisk(_ decision: inout Decision) {
        for index in kinds.disks {
            guard let condition = rules[index].about.box else { continue }
            let truth = states.truth(of: condition, nil)
            judgeState(index, "", nil, truth, length: 0, &decision)
        }
    }

    /// Time has passed: looks at all tracks again that time can change.
    private mutating func judgeAll(_ decision: inout Decision) {
        if needsTicks {
            for source in states.names { judgeBox(of: source, &decision) }
        }
        for index in rules.indices where !rules[index].memory.tracks.isEmpty && !isCalm(index) {
            for key in rules[index].memory.tracks.keys.sorted() { judge(index, key, &decision) }
            setCalm(index)
        }
    }
}

// MARK: Calm

extension RuleEngine {
    /// Whether time alone changes nothing about a rule now.
    private func isCalm(_ index: Int) -> Bool {
        guard let calm = rules[index].calm else { return rules[index].memory.tracks.isEmpty }
        return calm.epoch == gateEpoch
            && states.latest(ofWall: rules[index].about.followsWallClock) < calm.until
    }

    private mutating func setCalm(_ index: Int) {
        var until = UTCTime(microseconds: .max)
        for track in rules[index].memory.tracks.values {
            guard let end = calmEnd(track, index) else { return }
            until = min(until, end)
        }
        rules[index].calm = TrackedRule.Calm(until: until, epoch: gateEpoch)
    }

    /// When a track has to be looked at again, if nothing is heard before; `nil`: each time.
    private func calmEnd(_ track: AlertTrack, _ index: Int) -> UTCTime? {
        let rule = rules[index].about.rule
        var end = UTCTime(microseconds: .max)
        if let count = rules[index].about.event?.count {
            let oldest = track.counted.lazy.map(\.at.time).min()
            if let oldest { end = oldest.adding(seconds: count.withinSeconds) }
        }
        switch truth(of: track, index) {
        case .unknown: return nil
        case .holds where track.alert == nil:
            guard track.heldBack == nil else {
                return openingEnd(track, index).map { min(end, $0) }
            }
            guard !rules[index].about.lastsWithEvents else { return end }
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
    private func openingEnd(_ track: AlertTrack, _ index: Int) -> UTCTime? {
        let rule = rules[index].about.rule
        guard rule.schedule == nil, silences.isEmpty else { return nil }
        switch track.heldBack?.reason {
        case .cooldown:
            return rules[index].memory.firings.last?.time.adding(seconds: rule.cooldownSeconds)
        case .ruleLimit:
            return rule.limit.flatMap { openingEnd($0, rules[index].memory.firings.map(\.time)) }
        case .globalLimit:
            let times = rules.flatMap { $0.memory.firings.map(\.time) }
            return limit.flatMap { openingEnd($0, times) }
        case .schedule, .inhibited, .silenced, nil: return nil
        }
    }

    /// When a limit that is reached no longer is: the last firing that reaches it is too old.
    private func openingEnd(_ limit: FiringLimit, _ firings: [UTCTime]) -> UTCTime? {
        guard firings.count >= limit.count else { return nil }
        return firings.sorted(by: >)[limit.count - 1].adding(seconds: limit.withinSeconds)
    }

    /// Notes how far the tracks of a source were followed, before its clock may be another one.
    private mutating func touch(_ source: String) {
        guard let clock = states.clock(source) else { return }
        for index in rules.indices where !rules[index].about.followsWallClock {
            for (key, track) in rules[index].memory.tracks
            where track.source == source && track.seenAt < clock
                && truth(of: track, index) != .unknown
            {
                rules[index].memory.tracks[key]?.seenAt = clock
            }
        }
    }
}

// MARK: Judging a track

extension RuleEngine {
    /// Looks at one track of a rule, and goes on with it.
    private mutating func judge(_ index: Int, _ key: String, _ decision: inout Decision) {
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
        if track.isWorthStoring(after: before, rules[index].about.rule) {
            decision.changedRules.insert(rules[index].about.rule.name)
        }
    }

    /// What the clock says that a rule goes by.
    private func clock(_ index: Int, _ source: String?) -> UTCTime? {
        states.clock(rules[index].about.followsWallClock ? nil : source)
    }

    func truth(of track: AlertTrack, _ index: Int) -> Truth {
        if let condition = rules[index].about.event {
            return truth(of: track, condition)
        }
        if !rules[index].about.followsWallClock, !states.isHeard(track.source) { return .unknown }
        if let condition = rules[index].about.box {
            return states.truth(of: condition, track.source)
        }
        return track.source.flatMap { rules[index].windows[$0]?.truth } ?? .unknown
    }

    /// A source that is not heard now, or not yet since a restart, may hear what it did before.
    private func truth(of track: AlertTrack, _ condition: EventCondition) -> Truth {
        guard let count = condition.count else {
            if track.open.contains(where: { states.isHeard($0.source) }) { return .holds }
            return track.open.isEmpty && states.isHeard(track.source) ? .fails : .unknown
        }
        guard states.isHeard(track.source) else { return .unknown }
        let oldest = (states.clock(track.source) ?? track.seenAt)
            .adding(seconds: -count.withinSeconds)
        return Truth(track.counted.count { $0.at.time > oldest } >= count.events)
    }

    private mutating func hold(
        _ track: inout AlertTrack, _ index: Int, _ key: String, _ now: UTCTime,
        _ decision: inout Decision
    ) {
        if track.alert != nil {
            track.clearSince = nil
            remind(&track, index, now, &decision)
            return
        }
        let rule = rules[index].about.rule
        let since = track.heldSince ?? now
        track.heldSince = since
        let until = rule.condition.lastsWithEvents ? track.heardUntil : now
        guard until.seconds(since: since) >= rule.holdSeconds else { return }
        track.heldBack = closedGate(index, track, at: now)
        if track.heldBack == nil { fire(&track, index, key, now, &decision) }
    }

    private mutating func fire(
        _ track: inout AlertTrack, _ index: Int, _ key: String, _ now: UTCTime,
        _ decision: inout Decision
    ) {
        let rule = rules[index].about.rule
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
        decision.note(alert)
        tell(alert, .fired, rule, now, event?.event, &decision)
    }

    /// Tells the owner again of what lasts.
    private mutating func remind(
        _ track: inout AlertTrack, _ index: Int, _ now: UTCTime, _ decision: inout Decision
    ) {
        let rule = rules[index].about.rule
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

    private mutating func fail(
        _ track: inout AlertTrack, _ index: Int, _ now: UTCTime, _ decision: inout Decision
    ) {
        let rule = rules[index].about.rule
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

    private func tell(
        _ alert: Alert, _ occasion: Occasion, _ rule: Rule, _ now: UTCTime, _ event: SoundEvent?,
        _ decision: inout Decision
    ) {
        let actions = rule.actions.filter { $0.occasions.contains(occasion) }
        decision.firings.append(
            Firing(alert: alert, occasion: occasion, actions: actions, at: now, event: event))
    }
}

// MARK: Gates

extension RuleEngine {
    /// What keeps a rule from telling its owner now; `nil` if nothing does.
    func closedGate(
        _ index: Int, _ track: AlertTrack, at now: UTCTime, isRepeat: Bool = false
    ) -> HeldBack? {
        let rule = rules[index].about.rule
        if let schedule = rule.schedule, !schedule.contains(now) {
            return HeldBack(reason: .schedule)
        }
        if !rule.inhibitors.isEmpty,
            let inhibitor = rules.indices.first(where: {
                rule.inhibitors.contains(rules[$0].about.rule.name) && rules[$0].isFiring
            })
        {
            return HeldBack(reason: .inhibited, by: rules[inhibitor].about.rule.name)
        }
        if let silence = silences.first(where: {
            $0.isActive(at: now) && $0.concerns(rule, track)
        }) {
            return HeldBack(reason: .silenced, by: "\(silence.id)")
        }
        guard !isRepeat else { return nil }
        if let last = rules[index].memory.firings.last?.time,
            isWithin(rule.cooldownSeconds, last, now)
        {
            return HeldBack(reason: .cooldown)
        }
        if let limit = rule.limit, isReached(limit, among: [index], now) {
            return HeldBack(reason: .ruleLimit)
        }
        if let limit, isReached(limit, among: rules.indices, now) {
            return HeldBack(reason: .globalLimit)
        }
        return nil
    }

    private func isReached(
        _ limit: FiringLimit, among indices: some Sequence<Int>, _ now: UTCTime
    ) -> Bool {
        indices.reduce(0) { count, index in
            count
                + rules[index].memory.firings.count {
                    isWithin(limit.withinSeconds, $0.time, now)
                }
        } >= limit.count
    }

    /// In either direction: two sources may be a moment apart, and a wall clock that was once years
    /// ahead must not silence a rule for years.
    private func isWithin(_ seconds: Double, _ time: UTCTime, _ now: UTCTime) -> Bool {
        abs(now.seconds(since: time)) < seconds
    }
}
