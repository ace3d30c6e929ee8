internal import AlertTypes
internal import Rules
internal import Yams

extension NodeReader {
    private static let keys =
        ["name"] + conditionKeys + [
            "for", "keep_firing_for", "cooldown", "repeat_every", "at_most", "group_by",
            "resolved", "when", "unless", "then", "command", "shell", "timeout",
        ]

    private static let elsewhere: [String: String] = {
        let sections: [(keys: [String], place: String)] = [
            (levelConditionKeys, "it belongs under 'level'"),
            (stateKeys, "it belongs under 'state'"),
            (actionKeys, "it belongs to an action under 'then'"),
        ]
        let pairs = sections.flatMap { section in section.keys.map { ($0, section.place) } }
        return Dictionary(pairs) { first, _ in first }
    }()

    func rule(_ node: Node, _ context: RuleContext) -> RuleReading {
        let fields = fields(node, "a rule", known: Self.keys, elsewhere: Self.elsewhere)
        if fields.values["name"] == nil { fault(node, "a rule needs the key 'name'") }
        var place = RulePlace(
            position: node.position, values: fields.values.mapValues(\.position))
        var result = Rule(name: name("name", of: fields) ?? "")
        result.condition = condition(fields, context, &place)
        result.grouping = grouping(fields, result.condition)
        readFrequency(fields, &result)
        result.schedule = fields.values["when"].flatMap { schedule($0, "when", context) }
        result.actions = actions(fields, &place)
        let inhibitors = texts("unless", of: fields, "the name of a rule") ?? []
        result.inhibitors = Set(inhibitors.map(\.text))
        return RuleReading(rule: result, place: place, inhibitors: inhibitors.map { ($0, $1) })
    }

    private func readFrequency(_ fields: Fields, _ result: inout Rule) {
        result.holdSeconds = length("for", of: fields, in: 0...86_400) ?? result.holdSeconds
        result.keepFiringSeconds =
            length("keep_firing_for", of: fields, in: 0...86_400) ?? result.keepFiringSeconds
        result.cooldownSeconds =
            length("cooldown", of: fields, in: 0...2_592_000) ?? result.cooldownSeconds
        result.repeatSeconds = length("repeat_every", of: fields, in: 10...2_592_000)
        result.limit = limit(fields)
    }

    private func grouping(_ fields: Fields, _ condition: Condition) -> Rule.Grouping {
        guard case .event(let condition) = condition else { return .event }
        let isCounted = condition.count != nil || fields.values["at_least"] != nil
        let known = Rule.Grouping.allCases.map(\.rawValue)
        let chosen = choice("group_by", of: fields, among: known)
            .flatMap { Rule.Grouping(rawValue: $0) }
        if let node = fields.values["group_by"], isCounted, chosen == .event {
            fault(node, "with at_least, group_by must be label, source or rule")
        }
        return chosen ?? (isCounted ? .rule : .event)
    }
}
