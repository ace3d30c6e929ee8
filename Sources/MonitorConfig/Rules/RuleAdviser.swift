internal import AlertTypes
internal import Rules
internal import Timekeeping

/// Goes through the rules and notes what can hardly be meant.
struct RuleAdviser {
    let configuration: Configuration
    let today: CivilTime?
    private(set) var advice: [RuleAdvice] = []
    /// The rules that can never fire.
    private var silentRules: Set<String> = []

    init(_ configuration: Configuration, today: CivilTime?) {
        self.configuration = configuration
        self.today = today
    }

    /// - Parameter key: the key whose value is meant
    mutating func note(_ rule: Rule, _ key: String, _ message: String) {
        note(rule, at: configuration.rulePlaces[rule.name]?[key], message)
    }

    /// - Parameter why: completes the sentence "it never fires: "
    mutating func noteSilent(_ rule: Rule, _ key: String, _ why: String) {
        silentRules.insert(rule.name)
        note(rule, key, "it never fires: " + why)
    }

    private mutating func note(_ rule: Rule, at position: Position?, _ message: String) {
        let finding = ConfigurationFault(file: configuration.file, at: position, message)
        advice.append(RuleAdvice(rule: rule.name, finding: finding))
    }
}

extension RuleAdviser {
    mutating func adviseOnEach() {
        for rule in configuration.rules {
            switch rule.condition {
            case .event(let condition): advise(on: condition, of: rule)
            case .level(let condition): advise(on: condition, of: rule)
            case .box: break
            }
            adviseOnSchedule(rule)
            adviseOnFrequency(rule)
            for action in rule.actions { advise(on: action, of: rule) }
        }
    }

    /// What rules have to do with each other.
    mutating func adviseOnPairs() {
        for rule in configuration.rules {
            for name in rule.inhibitors.intersection(silentRules).sorted() {
                note(rule, "unless", "unless '\(name)' changes nothing: that rule never fires")
            }
        }
        for (index, rule) in configuration.rules.enumerated() {
            let wide = configuration.rules.enumerated().first { other, wide in
                // Of two that cover each other, the first stays.
                wide.alwaysFires(with: rule) && (other < index || !rule.alwaysFires(with: wide))
            }
            guard let wide = wide?.element else { continue }
            note(
                rule, "name",
                "whenever it fires, so does '\(wide.name)', with the same actions: "
                    + "they are carried out twice")
        }
    }
}

// MARK: - How often, and what is done

extension RuleAdviser {
    private mutating func adviseOnFrequency(_ rule: Rule) {
        let hasRepeats = rule.actions.contains { $0.occasions.contains(.repeated) }
        if rule.repeatSeconds != nil, !hasRepeats {
            note(rule, "repeat_every", "no action is run for 'repeated', so nothing is repeated")
        }
        let asksForResolved = configuration.rulePlaces[rule.name]?.asksForResolved ?? false
        let hasResolved = rule.actions.contains { $0.occasions.contains(.resolved) }
        if asksForResolved, !hasResolved {
            note(
                rule, "resolved",
                "each action has 'occasions' of its own, so none is run when the alert is over")
        }
        guard let limit = rule.limit, rule.cooldownSeconds > 0 else { return }
        let most = (limit.withinSeconds / rule.cooldownSeconds).rounded(.down) + 1
        if most <= Double(limit.count) {
            let cooldown = Lengths.text(rule.cooldownSeconds)
            note(
                rule, "at_most",
                "it changes nothing: with a cooldown of \(cooldown) the rule fires at most "
                    + "\(Int(most)) times in \(Lengths.text(limit.withinSeconds))")
        }
    }

    private mutating func advise(on action: Action, of rule: Rule) {
        let position = configuration.rulePlaces[rule.name]?.actions[action.name]
        if action.occasions == [.repeated], rule.repeatSeconds == nil {
            note(
                rule, at: position,
                "'\(action.name)' is never run: it is for 'repeated' only, "
                    + "and the rule has no repeat_every")
        }
        if action.retries.count > 0, action.retries.firstSeconds >= action.expirySeconds {
            let (first, expiry) = (action.retries.firstSeconds, action.expirySeconds)
            note(
                rule, at: position,
                "'\(action.name)' is never tried again: it expires after \(Lengths.text(expiry)), "
                    + "and the first wait is \(Lengths.text(first))")
        }
    }
}
