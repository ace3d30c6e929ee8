/// Where a rule stands in its file.
struct RulePlace: Sendable {
    let position: Position
    /// Of the values, by key; those within `level` and `state` too, whose keys are others.
    var values: [String: Position]
    /// Of the actions, by name.
    var actions: [String: Position] = [:]
    /// Whether it has `resolved: true`, which actions with `occasions` of their own overrule.
    var asksForResolved = false

    /// Where the value of a key stands, or the rule, if it has none.
    subscript(key: String) -> Position { values[key] ?? position }
}
