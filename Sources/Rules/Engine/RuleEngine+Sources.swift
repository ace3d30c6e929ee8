internal import SoundTypes
internal import Timekeeping

extension RuleEngine {
    /// Whatever was being heard is over; what happened meanwhile is unknown.
    mutating func begin(
        _ source: String, at time: UTCTime, _ decision: inout Decision
    ) {
        touch(source)
        if let step = states.clock(source).map({ time.seconds(since: $0) }), step < 0 {
            levels.move(source, bySeconds: step)
            delayed.change(source) { $0.move(bySeconds: step) }
        }
        for index in rules.indices where !rules[index].followsWallClock {
            if rules[index].resume(source, at: time) {
                decision.changedRules.insert(rules[index].terms.rule.name)
            }
        }
        states.begin(source, at: time)
        _ = states.forgetEvents(of: source)
        for index in rules.indices {
            judge(index, rules[index].forgetOpen(of: source), &decision)
        }
    }

    mutating func miss(
        _ source: String, _ from: UTCTime, _ until: UTCTime, _ decision: inout Decision
    ) {
        if states.isHeard(source) {
            states.advance(source, to: from, isHeard: false)
            touch(source)
            judgeAll(&decision)
        }
        states.miss(source)
        lookAgain(at: rules.indices)
        for index in rules.indices where !rules[index].followsWallClock {
            if rules[index].freeze(source, until: until) {
                decision.changedRules.insert(rules[index].terms.rule.name)
            }
        }
        states.advance(source, to: until, isHeard: false)
    }

    /// Sounds of a source are no longer looked for, or again: until they are, what was heard may go
    /// on, as in a gap.
    mutating func recognise(
        _ source: String, _ isOn: Bool, from time: UTCTime, _ decision: inout Decision
    ) {
        states.advance(source, to: time, isHeard: true)
        touch(source)
        judgeAll(&decision)
        states.recognise(source, isOn, from: time)
        lookAgain(at: rules.indices)
    }

    mutating func step(
        _ source: String, by seconds: Double, _ decision: inout Decision
    ) {
        states.step(source, by: seconds)
        delayed.change(source) { $0.move(bySeconds: seconds) }
        levels.move(source, bySeconds: seconds)
        stepRules(following: source, by: seconds, &decision)
        for index in ending.indices where ending[index].event.source == source {
            ending[index].offsetSeconds += seconds
        }
    }

    mutating func tick(
        _ time: UTCTime, elapsed seconds: Double, _ decision: inout Decision
    ) {
        let step = states.tick(time, elapsed: seconds)
        if step != 0 { stepRules(following: nil, by: step, &decision) }
        if needsTicks { judgeAll(&decision) }
    }

    /// - Parameter source: whose clock was set; `nil`: the wall clock
    mutating func stepRules(
        following source: String?, by seconds: Double, _ decision: inout Decision
    ) {
        defer { collectFirings() }
        lookAgain(at: rules.indices)
        for index in rules.indices {
            guard rules[index].followsWallClock == (source == nil) else { continue }
            rules[index].step(source, bySeconds: seconds)
            guard !rules[index].memory.isEmpty else { continue }
            decision.changedRules.insert(rules[index].terms.rule.name)
        }
    }
}
