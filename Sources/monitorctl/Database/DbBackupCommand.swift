internal import ArgumentParser
internal import Database
internal import Foundation
internal import HostSystem
internal import Timekeeping

/// `monitorctl db backup`: a copy of the database while the monitor writes to it.
struct DbBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database, also while the monitor writes to it.",
        discussion: """
            The copy is the database as it is when the backup begins. It is checked, and takes its \
            name only when it is complete. In a directory it is named after the time: \
            events-2026-11-30-0215.db. An existing file is replaced with --force only. The name of \
            the copy is printed.

            Examples:
              monitorctl db backup /mnt/usb
              monitorctl db backup events.copy.db --force
              monitorctl db backup /srv/backup && find /srv/backup -mtime +30 -delete

            Exit codes: 66 no database, 73 the copy cannot be created, or is there already, 74 the \
            disk is full, 65 the database is damaged.
            """)

    @Argument(help: ArgumentHelp("The file or the directory for the copy.", valueName: "target"))
    var target: String

    @Flag(help: "Replace an existing file.")
    var force = false

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let path = database.path()
        let file = try DatabaseCopyName(target, of: path, at: .now())
        if !force, fileExists(file.path) { throw DatabaseCopyError.exists(path: file.path) }
        let bytes = try DatabaseProgress.shown { work in
            try DatabaseBackup.make(of: path, at: file.path, work)
        }
        try StandardStream.output.write("\(printable(file.path))\n")
        StandardError.write("copied \(path), \(sizeText(bytes)), and checked the copy")
    }
}

/// Where a copy of a database goes.
struct DatabaseCopyName: Equatable {
    let path: String

    /// - Parameter target: a file, or a directory, in which the copy is named after the time
    init(_ target: String, of database: String, at time: UTCTime) throws {
        guard !target.isEmpty else { throw ValidationError("the target is empty; name a file") }
        var isDirectory: ObjCBool = false
        // SAFETY: the flag outlives the call.
        let isThere = unsafe FileManager.default.fileExists(
            atPath: target, isDirectory: &isDirectory)
        guard isThere && isDirectory.boolValue || target.hasSuffix("/") else {
            path = target
            return
        }
        let name = URL(filePath: database).deletingPathExtension().lastPathComponent
        let stamp = time.localDescription.prefix(16)
            .replacingOccurrences(of: " ", with: "-").replacingOccurrences(of: ":", with: "")
        path = URL(filePath: target).appending(path: "\(name)-\(stamp).db").path
    }
}

/// Why a copy is not made.
enum DatabaseCopyError: ExitStatusProviding, Equatable {
    case exists(path: String)

    var exitStatus: ExitStatus { .cannotCreate }

    var description: String {
        switch self {
        case .exists(let path): "\(path) exists; --force replaces it"
        }
    }
}
