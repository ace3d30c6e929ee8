internal import Foundation
internal import HostSystem

/// The directory of the database and the taught sounds, if neither the configuration nor the
/// command line says otherwise: that of the service for root, for a service, and for whoever may
/// write there; a directory of their own for all others (XDG Base Directory Specification).
public struct DataDirectory: Sendable, Hashable {
    public static let ofService = "/var/lib/earwitness"

    /// That of this process.
    public static let current = DataDirectory(
        userID: geteuid(), environment: ProcessInfo.processInfo.environment,
        mayUseService: FileManager.default.isWritableFile(atPath: ofService))

    public let path: String

    /// - Parameter mayUseService: whether the user may write to the directory of the service
    init(userID: uid_t, environment: [String: String], mayUseService: Bool) {
        // systemd.exec(5): services have the one if they keep a state, the other if they report it.
        let isService = ["STATE_DIRECTORY", "NOTIFY_SOCKET"].contains { environment[$0] != nil }
        // "All paths set in these environment variables must be absolute. If [...] a relative path
        // [is encountered] the path [is] invalid and [to be ignored]."
        let home = ["XDG_DATA_HOME": "", "HOME": "/.local/share"].sorted { $0.key > $1.key }
            .lazy.compactMap { name, rest in environment[name].map { $0 + rest } }
            .first { $0.hasPrefix("/") }
        guard userID != 0, !isService, !mayUseService, let home else {
            path = Self.ofService
            return
        }
        path = home + "/earwitness"
    }

    public var database: String { path + "/events.db" }
    public var taught: String { path + "/taught" }

    /// Makes the directory if `file` belongs into it and it is the user's own: nobody else may look
    /// into it. If that fails, so does the opening of the file, which says why.
    public func prepare(for file: String) {
        guard path != Self.ofService, file == database else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            return  // The opening of the file fails next, and says why.
        }
    }
}

extension Configuration {
    /// Where the monitor that writes to a database can be asked: of the service, in the directory
    /// that systemd makes for it; else beside the database.
    public static func controlSocket(of database: String) -> String {
        let path = resolved(database)
        return path == DataDirectory.ofService + "/events.db"
            ? "/run/monitord/control.sock" : path + ".sock"
    }

    /// The one name of a database, whatever links lead to it.
    private static func resolved(_ path: String) -> String {
        do throws(SystemError) {
            return try resolvedPath(path)
        } catch {
            // Its directory is missing, so there is no database either, which is said elsewhere.
            return path
        }
    }

    /// The environment variable that names the database, for both programs.
    public static let databaseVariable = "EARWITNESS_DATABASE"

    /// The database that the environment names; an empty name counts as none.
    public static var databaseInEnvironment: String? {
        ProcessInfo.processInfo.environment[databaseVariable].flatMap { $0.isEmpty ? nil : $0 }
    }
}
