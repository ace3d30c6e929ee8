public import SoundTypes
public import Timekeeping

/// Decides which rules fire, from changes to events alone: no I/O and no clock of its own.
///
/// A rule fires at the first change of an event that meets all of its conditions, and at most once
/// per event, whatever the number of its parts. The cooldown delays: a sound that meets the
/// conditions during the cooldown and is still going on when it ends fires then; one that has ended
/// by then does not fire.
///
/// All times are those of the audio, so a replay gives the same firings. What the engine remembers
/// is bounded: one event for each source and label (a source has at most one event of a label at a
/// time), and one time for each rule.
public struct RuleEngine: Sendable {
    /// The last firing of each rule. Store it and give it back to `init` after a restart.
    public private(set) var lastFired: [String: UTCTime]

    private let rules: [Rule]
    private var heard: [Voice: Progress] = [:]

    /// - Parameters:
    ///   - rules: the rules, in the order in which they fire; their names are unique.
    ///   - lastFired: the last firing of each rule before a restart. Names of rules that no longer
    ///     exist are forgotten.
    public init(rules: [Rule], lastFired: [String: UTCTime] = [:]) {
        let names = Set(rules.map(\.name))
        precondition(names.count == rules.count, "the names of rules are unique")
        self.rules = rules
        self.lastFired = lastFired.filter { names.contains($0.key) }
    }

    /// Takes one change to an event (it was announced, updated, ended or retracted); returns what
    /// fires now. A retracted event fires nothing; what it fired before has been done.
    public mutating func process(_ event: SoundEvent) -> [Firing] {
        let voice = Voice(source: event.source, label: event.label)
        guard event.status != .retracted else {
            heard[voice] = nil
            return []
        }
        var progress = heard[voice].flatMap { $0.id == event.id ? $0 : nil } ?? Progress(event)
        progress.peakConfidence = max(progress.peakConfidence, event.peakConfidence)
        // The onset is corrected when an announced event is settled.
        if event.part == 1 { progress.onset = event.onset }
        var firings: [Firing] = []
        for (index, rule) in rules.enumerated() where !progress.fired.contains(index) {
            guard rule.accepts(event, progress), !isCoolingDown(rule, at: event.heardUntil) else {
                continue
            }
            progress.fired.insert(index)
            lastFired[rule.name] = event.heardUntil
            firings.append(rule.firing(for: event))
        }
        heard[voice] = progress
        return firings
    }

    /// Whether the last firing of `rule` is less than its cooldown away from `time`.
    ///
    /// In either direction: two sources may be a moment apart, and a wall clock that was once years
    /// ahead must not silence a rule for years.
    private func isCoolingDown(_ rule: Rule, at time: UTCTime) -> Bool {
        guard let last = lastFired[rule.name] else { return false }
        return abs(time.seconds(since: last)) < rule.cooldownSeconds
    }
}

/// Something that can sound only once at a time.
private struct Voice: Hashable, Sendable {
    let source: String
    let label: String
}

/// What is known about the latest event of a voice, over all of its parts.
private struct Progress: Sendable {
    let id: Int64
    var onset: UTCTime
    var peakConfidence = 0.0
    /// Indices of the rules that have fired for it.
    var fired: Set<Int> = []

    init(_ event: SoundEvent) {
        id = event.id
        onset = event.onset
    }
}

extension Rule {
    fileprivate func accepts(_ event: SoundEvent, _ progress: Progress) -> Bool {
        (labels.isEmpty || labels.contains(event.label))
            && progress.peakConfidence >= minimumConfidence
            && event.heardUntil.seconds(since: progress.onset) >= minimumDurationSeconds
    }

    fileprivate func firing(for event: SoundEvent) -> Firing {
        Firing(
            rule: name, command: command, timeoutSeconds: timeoutSeconds, event: event,
            firedAt: event.heardUntil)
    }
}
