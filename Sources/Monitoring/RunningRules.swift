internal import Actions
internal import Dispatch
internal import Logging
internal import MonitorConfig
internal import Rules

/// The rules at work, and what those of another configuration may name.
struct RunningRules: Sendable {
    let runner: RuleRunner
    let actions: ActionRunner
    /// Those of the model and of the taught sounds.
    let labels: [String]
    /// The labels of the model, by group.
    let groups: [String: Set<String>]
    let logger: Logger

    /// Puts the rules of another configuration in force, if nothing is wrong with it.
    ///
    /// - Parameter before: the configuration that the monitor was started with
    /// - Returns: whether they are in force, and what the owner should know
    func reload(
        _ load: () throws(ConfigurationError) -> Configuration, from before: Configuration
    ) async -> (isAccepted: Bool, message: String) {
        let new: Configuration
        do throws(ConfigurationError) {
            new = try load()
            try new.validate(labels: labels, groups: Array(groups.keys))
        } catch {
            return (false, "the rules stay as they are: \(error)")
        }
        let history = await DispatchQueue(label: "rule history").answer { [logger] in
            RememberedRules.history(of: new, in: before.database, logger)
        }
        let rules = new.ruleSet.resolvingGroups(groups)
        await actions.use(rules)
        runner.replaceRules(rules, history: history ?? [])
        return (true, message(of: new, from: before))
    }

    private func message(of new: Configuration, from before: Configuration) -> String {
        var text = "\(new.rules.count) rules are in force"
        let sections = new.sectionsThatDiffer(from: before)
        if !sections.isEmpty {
            text += "; a restart is needed for \(sections.joined(separator: ", "))"
        }
        do throws(ConfigurationError) {
            try new.validateCommands()
        } catch {
            text += "; \(error)"
        }
        return text
    }
}
