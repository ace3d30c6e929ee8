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
    /// The rules that begin anew, since what they remembered could not be read.
    public private(set) var unreadable: [String] = []
    /// Inhibitors come before what they inhibit.
    var rules: [TrackedRule]
    var states: SourceStates
    var silences: [Silence] = []
    /// Events that ended with the last observation, unless their next part follows.
    var ending: [HeardEvent] = []
    var lastAlertID: Int64
    var limit: FiringLimit?
    /// The newest firings of all rules, the oldest first: as many as the limit can ask for.
    var firings: [Moment] = []
    var needsTicks: Bool
    var hasBegun = false
    /// The sources that there are; `nil`: any.
    let sources: Set<String>?
    var levels = LevelWindows()
    /// Seconds whose labels are not known yet, by source.
    var delayed = BySource<LabelledSeconds>()
    /// The same, and when labels were heard, in the past that is recalled.
    var recalledDelayed = BySource<LabelledSeconds>()
    var recalledLabels: SourceStates
    /// What the wall clock says while an observation is processed.
    var decidedAt: UTCTime?
    var isRecalling = true
    var kinds = RuleKinds()

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
        let memories = RuleMemory.read(records, unreadable: &unreadable)
        self.rules = Self.tracked(rules, memories, orphans: &orphans)
        for index in self.rules.indices {
            let name = self.rules[index].terms.rule.name
            if memories[name] == nil, let time = lastFirings[name] {
                self.rules[index].memory.firings = [Moment(time: time)]
            }
            self.rules[index].resume(heardUntil: heardUntil, sources: sources, orphans: &orphans)
        }
        indexRules()
        collectFirings()
    }

    private mutating func indexRules() {
        kinds = RuleKinds(rules.map(\.terms.rule))
        levels = LevelWindows(kinds.measures, goingOnWith: levels)
    }

    mutating func collectFirings() {
        let all = rules.flatMap(\.memory.firings).sorted { $0.time < $1.time }
        firings = all.suffix(limit?.count ?? 0)
    }

    /// What a rule must not forget over a restart; `nil` if there is no such rule.
    public func record(of rule: String) -> RuleRecord? {
        rules.first { $0.terms.rule.name == rule }.map {
            RuleRecord(rule: rule, json: $0.memory.json)
        }
    }

    /// The alerts that last.
    public var alerts: [Alert] {
        rules.flatMap { $0.memory.tracks.values.compactMap(\.alert) }.sorted { $0.id < $1.id }
    }

    /// Puts other rules in the place of those there are. Rules that stay the same go on as if
    /// nothing had happened; windows of what was not measured before are filled by `recall`.
    ///
    /// - Parameter orphans: gets the alerts that are over because there is no such rule, or its
    ///   condition is another one
    public mutating func replaceRules(_ new: RuleSet, orphans: inout [Alert]) {
        let memories = Dictionary(
            uniqueKeysWithValues: rules.map { ($0.terms.rule.name, $0.memory) })
        rules = Self.tracked(new, memories, orphans: &orphans)
        (limit, needsTicks) = (new.limit, new.needsTicks)
        states.watchedLabels = new.watchedLabels
        recalledLabels = SourceStates(watchedLabels: new.watchedLabels, expected: [])
        recalledDelayed = BySource()
        indexRules()
        isRecalling = true
        collectFirings()
    }

    static func tracked(
        _ rules: RuleSet, _ memories: [String: RuleMemory], orphans: inout [Alert]
    ) -> [TrackedRule] {
        let names = Set(rules.rules.map(\.name))
        let gone = memories.filter { !names.contains($0.key) }.values
        orphans += gone.flatMap { $0.tracks.values.compactMap(\.alert) }.sorted { $0.id < $1.id }
        return rules.inOrderOfInhibition.map { rule in
            TrackedRule(rule, memory: memories[rule.name], orphans: &orphans)
        }
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
            levels.push(second, of: source, isPast: true)
            guard levels.haveLabels else { return }
            recalledDelayed[source, default: LabelledSeconds()].append(
                recalledLabels.recognised(second, of: source) ? second : second.unmeasured)
            while let due = recalledDelayed[source, default: LabelledSeconds()].popDue() {
                let labels = recalledLabels.labels(in: due.start, of: source)
                levels.push(due, labels, of: source, isPast: true)
            }
        case .minute(let source, let start, let histogram, let scale):
            levels.push(histogram, scale, start: start, of: source, isPast: true)
        case .event(let event): _ = recalledLabels.take(event)
        case .recognition(let source, let isOn, let time):
            recalledLabels.recognise(source, isOn, from: time)
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
            levels.push(histogram, scale, start: start, of: source)
            judgeLevels(kinds.minutes, of: source, &decision)
        case .heard(let source, let until):
            states.advance(source, to: until, isHeard: true)
            judgeAll(&decision)
        case .gap(let source, let from, let until): miss(source, from, until, &decision)
        case .recognition(let source, let isOn, let time):
            recognise(source, isOn, from: time, &decision)
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
            lookAgain(at: rules.indices)
        case .acknowledged(let id, let time, let comment):
            acknowledge(id, at: time, comment, &decision)
        }
        return decision
    }

    mutating func endRecall() {
        isRecalling = false
        levels.endPast()
        if !hasBegun {
            states.takeLabels(of: recalledLabels)
            delayed = recalledDelayed
        }
        hasBegun = true
    }
}
