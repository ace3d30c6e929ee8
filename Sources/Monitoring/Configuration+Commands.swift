internal import Actions
public import MonitorConfig
internal import Rules

extension Configuration {
    /// Throws if the command of a rule cannot be started here and now: all such rules at once.
    public func validateCommands() throws(ConfigurationError) {
        try validate(commands: { ProgramFault(of: $0)?.description })
    }

    /// The names of the rules that call a webhook.
    var rulesWithWebhooks: [String] {
        rules.filter { rule in
            rule.actions.contains { if case .webhook = $0.kind { true } else { false } }
        }
        .map(\.name)
    }
}
