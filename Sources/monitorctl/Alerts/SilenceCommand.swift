internal import ArgumentParser

/// `monitorctl silence`: stretches of time in which rules tell nothing.
struct SilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Keep rules from telling anything for a while.",
        discussion: """
            What a silence holds back is counted: monitorctl alerts --suppressed. If the condition \
            of a rule still holds when its silence ends, the rule fires then. The monitor may run \
            meanwhile, and heeds a silence within a second or two. Without a subcommand they are \
            listed; `monitorctl silence list --help` has the options.

            Examples:
              monitorctl silence
              monitorctl silence add --rule siren-alert --for 2h
              monitorctl silence add --label fireworks --until "2027-01-01 06:00"
              monitorctl silence expire 3
            """,
        subcommands: [
            SilenceListCommand.self, SilenceAddCommand.self, SilenceExpireCommand.self,
        ], defaultSubcommand: SilenceListCommand.self)
}
