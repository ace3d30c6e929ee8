internal import Glibc
package import HostSystem

/// The files of an open database: SQLite goes on writing to them when somebody has removed or
/// replaced them, and all of that would be lost.
package struct OpenedFiles: Equatable {
    private let database: FileIdentity
    private let log: FileIdentity

    /// The files at `path`; the database is open, so its log exists.
    package init(path: String) throws(SystemError) {
        database = try FileIdentity(path: path)
        log = try FileIdentity(path: path + "-wal")
    }

    /// Throws `.replaced` when other files, or none, are at `path` now.
    package func check(path: String) throws {
        let found: OpenedFiles?
        do throws(SystemError) {
            found = try OpenedFiles(path: path)
        } catch {
            guard error.number == ENOENT || error.number == ENOTDIR else { throw error }
            found = nil
        }
        guard found != self else { return }
        throw EventStoreError(.replaced, path: path, action: "write")
    }
}
