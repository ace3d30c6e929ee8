internal import Actions
internal import ArgumentParser
internal import ModelFormat
internal import MonitorConfig
internal import Rules
internal import Teaching

/// The rules of a configuration file, with the labels of its model.
struct TriedRules {
    let configuration: Configuration
    let model: Model
    /// Those of the model, and the taught ones.
    let labels: Set<String>
    /// Groups are resolved to labels.
    let ruleSet: RuleSet

    init(path: String) throws {
        try self.init(Configuration.load(path: path))
    }

    /// Throws what `monitord --check-config` says about labels and groups.
    init(_ configuration: Configuration) throws {
        let model = try Model.named(configuration.model)
        let taught = TaughtFolder(path: configuration.taught).selection(for: model)
        try configuration.validate(
            labels: model.labels + taught.labels, groups: model.groups)
        (self.configuration, self.model) = (configuration, model)
        labels = Set(model.labels + taught.labels)
        ruleSet = configuration.ruleSet.resolvingGroups(model.labelsOfGroup)
    }

    /// What can hardly be meant, and commands that cannot be started here.
    var warnings: [String] {
        var warnings = configuration.ruleAdvice().map(\.description)
        do throws(ConfigurationError) {
            try configuration.validate(commands: { ProgramFault(of: $0)?.description })
        } catch {
            warnings += error.faults.map { fault in
                fault.description.dropLast(fault.message.count) + "warning: " + fault.message
            }
        }
        return warnings
    }

    func rule(named name: String) throws -> Rule {
        guard let rule = ruleSet.rules.first(where: { $0.name == name }) else {
            throw RulesError.unknownRule(name, known: ruleSet.rules.map(\.name))
        }
        return rule
    }
}

/// A configuration file, or that of the service.
struct RuleFileOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration with the rules (default: \(Configuration.standardPath)).",
            valueName: "path"),
        completion: .file())
    var config: String?

    var path: String { config ?? Configuration.standardPath }
}
