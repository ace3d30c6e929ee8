internal import LevelTypes
internal import Timekeeping

extension RuleEngine {
    mutating func take(
        _ second: LevelSecond, of source: String, _ decision: inout Decision
    ) {
        states.advance(source, to: second.end, isHeard: second.seconds > 0)
        states.note(second, of: source)
        levels.push(second, of: source)
        judgeLevels(kinds.levels, of: source, &decision)
        if levels.haveLabels { takeLabelled(second, of: source, &decision) }
        judgeBox(of: source, &decision)
        judgeAll(&decision)
    }

    /// A second counts once the labels that were heard in it are known.
    private mutating func takeLabelled(
        _ second: LevelSecond, of source: String, _ decision: inout Decision
    ) {
        // Of one in which no sounds were looked for, nobody knows whether it counts.
        delayed[source, default: LabelledSeconds()].append(
            states.recognised(second, of: source) ? second : second.unmeasured)
        var isAnyDue = false
        while let due = delayed[source, default: LabelledSeconds()].popDue() {
            levels.push(due, states.labels(in: due.start, of: source), of: source)
            isAnyDue = true
        }
        if isAnyDue { judgeLevels(kinds.labelled, of: source, &decision) }
    }

    /// Looks at rules about levels, after their windows have changed.
    mutating func judgeLevels(
        _ levelRules: [LevelRule], of source: String, _ decision: inout Decision
    ) {
        guard !levelRules.isEmpty, let windows = levels.of(source) else { return }
        for rule in levelRules where rules[rule.index].terms.isAbout(source) {
            judgeState(
                rule.index, source, source, rule.truth(windows),
                length: rules[rule.index].terms.historySeconds, &decision)
        }
    }

    /// What a rule about levels finds; `nil` if nothing was measured.
    func window(_ index: Int, of source: String?) -> LevelWindow? {
        guard let source, let windows = levels.of(source) else { return nil }
        return kinds.levelRules[index].map { windows[$0.measure] }
    }

    func levelTruth(_ index: Int, of source: String?) -> Truth {
        guard let source, let windows = levels.of(source) else { return .unknown }
        return kinds.levelRules[index]?.truth(windows) ?? .unknown
    }

    /// Looks at what is either so or not, and was looked at before.
    mutating func judgeState(
        _ index: Int, _ key: String, _ source: String?, _ truth: Truth, length: Int,
        _ decision: inout Decision
    ) {
        guard !isSettled(index, truth, about: key) else { return }
        noteSeen(index, key, source, truth)
        beginTrack(index, key, source, truth, length: length)
        // Without a clock nothing can be tracked yet.
        let isTracked = truth != .holds || rules[index].memory.tracks[key] != nil
        rules[index].judged[key] = isTracked ? truth : nil
        judge(index, [key], &decision)
    }

    /// What was known of a track until the last second is no longer: until then it was seen, though
    /// there was no need to look at it.
    private mutating func noteSeen(
        _ index: Int, _ key: String, _ source: String?, _ truth: Truth
    ) {
        guard truth == .unknown, let known = rules[index].judged[key], known != .unknown,
            states.isHeard(source), let now = clock(index, source),
            let track = rules[index].memory.tracks[key]
        else { return }
        rules[index].memory.tracks[key]?.seenAt = max(track.seenAt, now.adding(seconds: -1))
    }

    /// Begins to track what a rule is about, if its condition holds.
    mutating func beginTrack(
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
