internal import ArgumentParser

/// `monitorctl rules`: rules, before they are trusted.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Check rules, try them on the past, and say why one did not fire.",
        discussion: """
            Examples:
              monitorctl rules check monitord.yaml
              monitorctl rules replay monitord.yaml --since 30d --diff
              monitorctl rules explain siren-alert --at "2026-11-22 18:00"
              monitorctl rules test rules-test.yaml
              monitorctl rules fire siren-alert --real
            """,
        subcommands: [
            RulesCheckCommand.self, RulesReplayCommand.self, RulesExplainCommand.self,
            RulesTestCommand.self, RulesFireCommand.self,
        ])
}
