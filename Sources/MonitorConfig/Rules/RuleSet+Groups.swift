public import Rules

extension RuleSet {
    /// The same rules with labels in place of groups. A group that the model does not have stays:
    /// without it, a rule would listen for every label.
    ///
    /// - Parameter labelsOfGroup: the labels of the model, by group
    public func resolvingGroups(_ labelsOfGroup: [String: Set<String>]) -> RuleSet {
        var result = self
        for index in result.rules.indices {
            guard case .event(var condition) = result.rules[index].condition else { continue }
            for group in condition.groups {
                guard let labels = labelsOfGroup[group] else { continue }
                condition.labels.formUnion(labels)
                condition.groups.remove(group)
            }
            result.rules[index].condition = .event(condition)
        }
        return result
    }
}
