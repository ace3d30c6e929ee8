internal import ArgumentParser
internal import EventStore
internal import HostSystem

/// `monitorctl db restore`: a backup in the place of the database.
struct DbRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the database.",
        discussion: """
            Stop the monitor first. The backup is checked before anything changes, and stays as it \
            is. The database that was there is not removed: it is named \
            events.db.replaced-2026-11-30, which is printed. A backup of an older version is \
            migrated when the monitor starts.

            Examples:
              sudo systemctl stop monitord
              sudo monitorctl db restore /mnt/usb/events-2026-11-30-0215.db
              sudo systemctl start monitord

            Exit codes: 66 no such backup, 65 it is damaged or no event database, 75 the monitor \
            runs, 73 the directory may not be written to, 74 the disk is full.
            """)

    @Argument(help: ArgumentHelp("What `monitorctl db backup` made.", valueName: "backup"))
    var backup: String

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let path = database.path()
        let replaced = try DatabaseProgress.shown { work in
            try EventStore.restore(path, from: backup, work)
        }
        StandardError.write(
            "\(path) is now what \(backup) was"
                + (replaced == nil ? "; there was no database before" : "; what it was before:"))
        if let replaced { try StandardStream.output.write("\(printable(replaced))\n") }
    }
}
