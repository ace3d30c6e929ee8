/// What to tell the owner about, when, how often, and how. docs/rules.md describes each field and
/// its meaning in time.
public struct Rule: Sendable, Hashable {
    /// Unique among the rules; what a rule remembers is stored under it.
    public var name: String
    public var condition: Condition
    /// What makes an alert of its own. Conditions on levels and on the box have one for each
    /// source, whatever this says.
    public var grouping: Grouping
    /// How long the condition must hold without interruption, in seconds of heard audio.
    public var holdSeconds: Double
    /// How long an alert outlasts its condition, in seconds of heard audio.
    public var keepFiringSeconds: Double
    /// The shortest time from one firing of this rule to the next.
    public var cooldownSeconds: Double
    /// While an alert lasts, its owner is told again this often; `nil`: never.
    public var repeatSeconds: Double?
    public var limit: FiringLimit?
    /// When it may fire; `nil`: always.
    public var schedule: Schedule?
    /// While one of these rules has an alert that lasts, this one does not fire.
    public var inhibitors: Set<String>
    /// What is done, in this order; the names of the actions are unique.
    public var actions: [Action]

    public enum Grouping: String, Sendable, Hashable, CaseIterable {
        /// An alert for each event.
        case event
        /// One alert at a time for each label of a source.
        case label
        /// One alert at a time for each source.
        case source
        /// One alert at a time.
        case rule
    }

    public init(
        name: String, condition: Condition = .event(EventCondition()),
        grouping: Grouping = .event, holdSeconds: Double = 0, keepFiringSeconds: Double = 0,
        cooldownSeconds: Double = 60, repeatSeconds: Double? = nil, limit: FiringLimit? = nil,
        schedule: Schedule? = nil, inhibitors: Set<String> = [], actions: [Action] = []
    ) {
        self.name = name
        self.condition = condition
        self.grouping = grouping
        self.holdSeconds = holdSeconds
        self.keepFiringSeconds = keepFiringSeconds
        self.cooldownSeconds = cooldownSeconds
        self.repeatSeconds = repeatSeconds
        self.limit = limit
        self.schedule = schedule
        self.inhibitors = inhibitors
        self.actions = actions
    }
}

/// The most firings within a stretch of time.
public struct FiringLimit: Sendable, Hashable {
    public var count: Int
    public var withinSeconds: Double

    public init(count: Int, withinSeconds: Double) {
        self.count = count
        self.withinSeconds = withinSeconds
    }
}

/// All rules, and what they share.
public struct RuleSet: Sendable, Hashable {
    /// Their order means nothing; their names are unique.
    public var rules: [Rule]
    /// The most firings of all rules together; `nil`: any number.
    public var limit: FiringLimit?

    public init(rules: [Rule] = [], limit: FiringLimit? = nil) {
        self.rules = rules
        self.limit = limit
    }

    /// Whether a rule is about percentiles, which takes the histograms of minutes.
    public var usesPercentiles: Bool {
        rules.contains { rule in
            if case .level(let condition) = rule.condition {
                condition.quantity.isPercentile
            } else {
                false
            }
        }
    }

    /// Whether a rule is about the disk.
    public var watchesDisk: Bool {
        rules.contains { rule in
            if case .box(let condition) = rule.condition { condition.isOfDisk } else { false }
        }
    }
}
