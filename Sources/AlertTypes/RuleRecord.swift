/// What a rule remembers, in the form in which it is stored: JSON that only `Rules` reads.
public struct RuleRecord: Sendable, Hashable {
    public var rule: String
    public var json: String

    public init(rule: String, json: String) {
        self.rule = rule
        self.json = json
    }
}
