/// A rule about levels: which one it is, what it measures, and the bound of that.
struct LevelRule: Sendable {
    let index: Int
    /// By its index in `RuleKinds.measures`.
    let measure: Int
    let bound: PowerBound

    /// - Parameter windows: those of a source
    func truth(_ windows: [LevelWindow]) -> Truth { windows[measure].truth(bound) }
}

/// Which rules are about what, by their indices.
struct RuleKinds: Sendable {
    /// What level conditions measure, each once.
    private(set) var measures: [LevelMeasure] = []
    /// What each rule about levels asks for; `nil` for rules about something else.
    private(set) var levelRules: [LevelRule?] = []
    /// Those about levels of all seconds, of those chosen by their labels, and of minutes.
    private(set) var levels: [LevelRule] = []
    private(set) var labelled: [LevelRule] = []
    private(set) var minutes: [LevelRule] = []
    /// States of sources, and of the disk.
    private(set) var boxes: [Int] = []
    private(set) var disks: [Int] = []
    /// Those about events of a label that some rule names, and of any other.
    private var eventsByLabel: [String: [Int]] = [:]
    private var eventsOfAnyLabel: [Int] = []
    /// Those that do not fire while others do.
    let inhibited: [Int]

    init(_ rules: [Rule] = []) {
        inhibited = rules.indices.filter { !rules[$0].inhibitors.isEmpty }
        let named = rules.reduce(into: Set<String>()) { labels, rule in
            if case .event(let condition) = rule.condition { labels.formUnion(condition.labels) }
        }
        for label in named { eventsByLabel[label] = [] }
        for (index, rule) in rules.enumerated() {
            levelRules.append(nil)
            switch rule.condition {
            case .event(let condition): add(index, condition)
            case .level(let condition): add(index, condition)
            case .box(let condition) where condition.isOfDisk: disks.append(index)
            case .box: boxes.append(index)
            }
        }
    }

    private mutating func add(_ index: Int, _ condition: EventCondition) {
        for label in eventsByLabel.keys where condition.isOf(label: label) {
            eventsByLabel[label]?.append(index)
        }
        if condition.isOfAnyLabel { eventsOfAnyLabel.append(index) }
    }

    private mutating func add(_ index: Int, _ condition: LevelCondition) {
        let measure = LevelMeasure(condition)
        let known = measures.firstIndex(of: measure)
        if known == nil { measures.append(measure) }
        let rule = LevelRule(
            index: index, measure: known ?? measures.endIndex - 1,
            bound: PowerBound(condition.bound))
        levelRules[index] = rule
        switch measure.unit {
        case .seconds: levels.append(rule)
        case .labelledSeconds: labelled.append(rule)
        case .minutes: minutes.append(rule)
        }
    }

    /// Those about events of a label.
    func events(of label: String) -> [Int] { eventsByLabel[label] ?? eventsOfAnyLabel }
}
