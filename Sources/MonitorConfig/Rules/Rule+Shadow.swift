internal import AlertTypes
internal import Rules

extension Rule {
    /// Whether it fires whenever another rule fires, at the same time, and does the same.
    ///
    /// A rule that waits longer, or that may fire more often, is a rule of its own.
    func alwaysFires(with narrow: Rule) -> Bool {
        name != narrow.name && deeds == narrow.deeds
            && (schedule == nil || schedule == narrow.schedule)
            && (limit == nil || limit == narrow.limit)
            && (grouping == .event || grouping == narrow.grouping)
            && holdSeconds == narrow.holdSeconds && cooldownSeconds <= narrow.cooldownSeconds
            && inhibitors.isSubset(of: narrow.inhibitors) && !narrow.inhibitors.contains(name)
            && condition.covers(narrow.condition)
    }

    private struct Deed: Hashable {
        var kind: Action.Kind
        var occasions: Set<Occasion>
    }

    private var deeds: Set<Deed> {
        Set(actions.map { Deed(kind: $0.kind, occasions: $0.occasions) })
    }
}

extension Condition {
    /// Whether it holds whenever another one holds, from the same moment on.
    fileprivate func covers(_ narrow: Condition) -> Bool {
        switch (self, narrow) {
        case (.event(let wide), .event(let narrow)):
            wide.covers(narrow)
        case (.level(let wide), .level(let narrow)):
            wide.covers(narrow)
        case (.box(let wide), .box(let narrow)):
            wide.state == narrow.state && wide.sources.includes(narrow.sources)
        default:
            false
        }
    }
}

extension LevelCondition {
    fileprivate func covers(_ narrow: LevelCondition) -> Bool {
        var same = narrow
        same.sources = sources
        return self == same && sources.includes(narrow.sources)
    }
}

extension EventCondition {
    fileprivate func covers(_ narrow: EventCondition) -> Bool {
        coversLabels(of: narrow) && sources.includes(narrow.sources)
            && minimumConfidence <= narrow.minimumConfidence
            && minimumDurationSeconds == narrow.minimumDurationSeconds
            && reaches(minimumLAFmax, narrow.minimumLAFmax)
            && reaches(minimumLAE, narrow.minimumLAE) && reaches(minimumRise, narrow.minimumRise)
            && isSettledOnly == narrow.isSettledOnly && count == narrow.count
    }

    private func coversLabels(of narrow: EventCondition) -> Bool {
        if labels.isEmpty, groups.isEmpty { return true }
        if narrow.labels.isEmpty, narrow.groups.isEmpty { return false }
        return narrow.labels.isSubset(of: labels) && narrow.groups.isSubset(of: groups)
    }

    private func reaches(_ wide: Double?, _ narrow: Double?) -> Bool {
        guard let wide else { return true }
        return narrow.map { wide <= $0 } ?? false
    }
}

extension Set<String> {
    /// Whether it has all that others have, where an empty set stands for everything.
    fileprivate func includes(_ others: Set<String>) -> Bool {
        isEmpty || !others.isEmpty && others.isSubset(of: self)
    }
}
