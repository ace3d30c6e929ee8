import Rules

extension RuleSet {
    /// Rules as owners write them: six of ten about events, three about levels, one about the box.
    static func mixed(count: Int) -> RuleSet {
        RuleSet(
            rules: (0..<count).map { index in
                Rule(
                    name: "rule-\(index)", condition: condition(index),
                    grouping: index % 2 == 0 ? .event : .source,
                    keepFiringSeconds: index % 4 == 0 ? 60 : 0, cooldownSeconds: 60)
            }, limit: FiringLimit(count: 100, withinSeconds: 3_600))
    }

    private static func condition(_ index: Int) -> Condition {
        let label = Month.labels[index / 10 % 10]
        let step = Double(index / 10)
        return switch index % 10 {
        case 0: .event(EventCondition(labels: [label], minimumConfidence: 0.6))
        case 1: .event(EventCondition(labels: [label, "siren"], minimumDurationSeconds: 3))
        case 2: .event(EventCondition(minimumConfidence: 0.9, minimumLAFmax: 70))
        case 3: .event(EventCondition(labels: [label], isSettledOnly: true))
        case 4:
            .event(
                EventCondition(
                    labels: [label], count: EventCount(events: 3, withinSeconds: 1_800)))
        case 5: .event(EventCondition(labels: [label], minimumRise: 20))
        case 6:
            .level(LevelCondition(quantity: .laeq, windowSeconds: 900, bound: .above(50 + step)))
        case 7:
            .level(
                LevelCondition(
                    quantity: .laeq, windowSeconds: 3_600, bound: .above(55), excluded: [label]))
        case 8:
            .level(
                LevelCondition(
                    quantity: .lafMaximum, windowSeconds: 1, bound: .above(66 + step)))
        default:
            index % 20 == 9
                ? .level(
                    LevelCondition(
                        quantity: .percentile(90), windowSeconds: 1_800, bound: .above(53)))
                : .box(BoxCondition(state: .clipping(seconds: 20)))
        }
    }
}
