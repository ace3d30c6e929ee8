internal import LevelTypes
internal import Timekeeping

extension RuleEngine {
    mutating func take(
        _ second: LevelSecond, of source: String, _ decision: inout Decision
    ) {
        states.advance(source, to: second.end, isHeard: second.seconds > 0)
        states.note(second, of: source)
        for index in kinds.levels {
            guard let truth = pushLevel(index, second, of: source) else { continue }
            judgeLevel(index, source, truth, &decision)
        }
        if !kinds.labelled.isEmpty { takeLabelled(second, of: source, &decision) }
        judgeBox(of: source, &decision)
        judgeAll(&decision)
    }

    /// A second counts once the labels that were heard in it are known.
    private mutating func takeLabelled(
        _ second: LevelSecond, of source: String, _ decision: inout Decision
    ) {
        let due = delayed[source, default: LabelledSeconds()].take(second)
        let labelled = states.labelled(due, of: source)
        for index in kinds.labelled {
            var truth: Truth?
            for (second, labels) in labelled {
                truth = pushLevel(index, second, labels, of: source)
            }
            if let truth { judgeLevel(index, source, truth, &decision) }
        }
    }

    /// - Parameter labels: the watched labels that were heard in the second
    /// - Returns: what is known then; `nil` if the rule does not measure the source
    @discardableResult
    mutating func pushLevel(
        _ index: Int, _ second: LevelSecond, _ labels: Set<String> = [], of source: String
    ) -> Truth? {
        guard let condition = rules[index].terms.level, condition.measures(source) else {
            return nil
        }
        return rules[index].windows[source, default: LevelWindow(condition)]
            .push(second, isLeftOut: condition.leavesOut(labels))
    }

    /// - Returns: whether the rule measures the source by the minute
    @discardableResult
    mutating func pushMinute(
        _ index: Int, _ histogram: LevelHistogram, _ scale: LevelScale, start: UTCTime,
        of source: String
    ) -> Bool {
        guard let condition = rules[index].terms.level, condition.measures(source) else {
            return false
        }
        rules[index].windows[source, default: LevelWindow(condition)]
            .push(histogram, minute: start, scale: scale)
        return true
    }

    mutating func judgeLevel(
        _ index: Int, _ source: String, _ truth: Truth, _ decision: inout Decision
    ) {
        judgeState(
            index, source, source, truth, length: rules[index].terms.historySeconds, &decision)
    }

    /// Looks at what is either so or not, and was looked at before.
    mutating func judgeState(
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
