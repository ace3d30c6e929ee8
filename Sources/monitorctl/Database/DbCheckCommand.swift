internal import ArgumentParser
internal import Database
internal import EventStore
internal import HostSystem

/// `monitorctl db check`: whether the file is whole.
struct DbCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for damage in the database.",
        discussion: """
            All of the file is read, which takes a few seconds for each gigabyte. The monitor does \
            the quick check at its start and once a day, and replaces a damaged database by what \
            can be read of it.

            Examples:
              monitorctl db check
              monitorctl db check --quick
              monitorctl db check --database /mnt/usb/events-2026-11-30-0215.db

            Exit codes: 0 no fault was found, 65 the database is damaged, 66 there is none.
            """)

    @Flag(help: "Look at the structure only, without comparing indexes with tables.")
    var quick = false

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        // Says what is wrong with the path, the schema or the rights.
        let path = try EventReader(path: database.path()).path
        let check = DatabaseCheck(path: path, isThorough: !quick)
        let start = ContinuousClock.now
        StandardError.show("reading all of \(path)")
        defer { StandardError.show("") }
        if let fault = try check.run() { throw fault }
        StandardError.show("")
        let bytes = try fileSize(path)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try StandardStream.output.write(
            "\(printable(path)): no fault found (\(sizeText(bytes)), \(durationText(seconds)))\n")
    }
}
