extension RuleEngine {
    mutating func judgeBox(of source: String, _ decision: inout Decision) {
        for index in kinds.boxes {
            guard let condition = rules[index].terms.box, condition.watches(source) else {
                continue
            }
            let truth = states.truth(of: condition, source)
            judgeState(index, source, source, truth, length: 0, &decision)
        }
    }

    mutating func judgeDisk(_ decision: inout Decision) {
        for index in kinds.disks {
            guard let condition = rules[index].terms.box else { continue }
            let truth = states.truth(of: condition, nil)
            judgeState(index, "", nil, truth, length: 0, &decision)
        }
    }

    /// Time has passed: looks at all tracks again that time can change.
    mutating func judgeAll(_ decision: inout Decision) {
        if needsTicks {
            for source in states.names { judgeBox(of: source, &decision) }
        }
        for index in rules.indices where !rules[index].memory.tracks.isEmpty && !isCalm(index) {
            for key in rules[index].memory.tracks.keys.sorted() { judge(index, key, &decision) }
            setCalm(index)
        }
    }
}
