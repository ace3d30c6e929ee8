internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import MonitorConfig
internal import SoundTypes

/// `monitorctl db size`: what takes how much room.
struct DbSizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "What the database takes on the disk, and what for.",
        discussion: """
            All of the file is read. A DAY is what each day took on average. KEPT is what the \
            configuration says, if this is its database.

            Examples:
              monitorctl db size
              monitorctl db size --format json | jq '.parts[] | {name, bytes}'

            Fields of json: database, file_bytes, log_bytes, free_bytes (in the file, used before \
            it grows), can_shrink, disk_free_bytes, bytes_per_day, and parts, each with name, \
            bytes, first, last, bytes_per_day and kept_days (null: for ever, or not known).
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: "How to print it.")
    var format = Format.table

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let reader = try EventReader(path: database.path())
        StandardError.show("reading all of \(reader.path)")
        defer { StandardError.show("") }
        let listing = StoredSizeListing(
            try reader.sizes(), database: reader.path, fileBytes: try fileSize(reader.path),
            logBytes: try fileSize(reader.path + "-wal"),
            diskFreeBytes: try availableBytes(at: reader.path),
            retention: try retention(reader.path))
        StandardError.show("")
        try StandardStream.output.write(format == .json ? listing.json : listing.text)
    }

    /// That of the installed configuration, if it has this database.
    private func retention(_ path: String) throws -> Retention? {
        guard let configuration = InstalledConfiguration.load(),
            try resolvedPath(configuration.database) == path
        else { return nil }
        return configuration.retention
    }
}
