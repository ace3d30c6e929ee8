/// What the rules decided at one moment: stored as a whole or not at all, so that an alert, its
/// orders to act and the state of its rule always agree.
public struct AlertChanges: Sendable, Hashable {
    /// New alerts, and new states of older ones.
    public var alerts: [Alert]
    /// What is to be done about them.
    public var runs: [HookRun]
    /// New states of rules. An empty JSON text: the rule is gone.
    public var rules: [RuleRecord]
    /// Counts of what was held back, each replacing what is stored for its rule, reason, `by` and
    /// hour.
    public var suppressions: [Suppression]

    public init(
        alerts: [Alert] = [], runs: [HookRun] = [], rules: [RuleRecord] = [],
        suppressions: [Suppression] = []
    ) {
        self.alerts = alerts
        self.runs = runs
        self.rules = rules
        self.suppressions = suppressions
    }

    public var isEmpty: Bool {
        alerts.isEmpty && runs.isEmpty && rules.isEmpty && suppressions.isEmpty
    }
}
