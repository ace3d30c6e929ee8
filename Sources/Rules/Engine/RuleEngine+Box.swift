extension RuleEngine {
    mutating func judgeBox(of source: String, _ decision: inout Decision) {
        for index in kinds.boxes {
            guard rules[index].terms.isAbout(source), let condition = rules[index].terms.box else {
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
        let clocks = states.clocks
        for index in rules.indices where isDue(index, clocks) {
            judge(index, rules[index].memory.tracks.keys.sorted(), &decision)
        }
    }
}
