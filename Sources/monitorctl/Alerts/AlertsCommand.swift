internal import ArgumentParser

/// `monitorctl alerts`: what the rules told, and why.
struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "List what the rules told, and why.",
        discussion: """
            An alert begins when a rule fires and is over when its condition no longer holds. \
            Without a subcommand they are listed; `monitorctl alerts list --help` has the options.

            Examples:
              monitorctl alerts
              monitorctl alerts --firing
              monitorctl alerts --follow
              monitorctl alerts --since 1w --rule siren-alert --format csv > week.csv
              monitorctl alerts --suppressed --since today
              monitorctl alerts show 42
              monitorctl alerts stats --since 30d
            """,
        subcommands: [
            AlertsListCommand.self, AlertsShowCommand.self, AlertsStatsCommand.self,
        ], defaultSubcommand: AlertsListCommand.self)
}
