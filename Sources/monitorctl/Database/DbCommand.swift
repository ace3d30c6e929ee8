internal import ArgumentParser

/// `monitorctl db`: looking after the database.
struct DbCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Measure, check, back up and restore the event database.",
        discussion: """
            The monitor may run meanwhile, except for restore. How long what is stored is kept is \
            the section `retention` of the configuration.

            Examples:
              monitorctl db size
              monitorctl db check
              monitorctl db backup /mnt/usb
              monitorctl db restore /mnt/usb/events-2026-11-30-0215.db
            """,
        subcommands: [
            DbSizeCommand.self, DbCheckCommand.self, DbBackupCommand.self, DbRestoreCommand.self,
        ])
}
