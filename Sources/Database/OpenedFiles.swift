internal import Glibc
package import HostSystem

/// The files of an open database: SQLite keeps using them after somebody has removed or replaced
/// them. What is written then is lost, and what is read stays as it was.
package struct OpenedFiles {
    package let database: FileIdentity
    /// The write-ahead log and its index; `nil` if there are none: a copy of a database need not
    /// have them.
    private let log: FileIdentity?
    private let index: FileIdentity?

    /// The files at `path`; the database is open, so what it needs exists.
    package init(path: String) throws(SystemError) {
        database = try FileIdentity(path: path)
        log = try Self.identity(path + "-wal")
        index = try Self.identity(path + "-shm")
    }

    private static func identity(_ path: String) throws(SystemError) -> FileIdentity? {
        do throws(SystemError) {
            return try FileIdentity(path: path)
        } catch {
            guard error.number == ENOENT else { throw error }
            return nil
        }
    }

    /// Throws `.replaced` if other files, or none, are at `path` now.
    package func check(path: String) throws {
        let found: OpenedFiles?
        do throws(SystemError) {
            found = try OpenedFiles(path: path)
        } catch {
            guard error.number == ENOENT || error.number == ENOTDIR else { throw error }
            found = nil
        }
        guard let found, isSame(as: found) else {
            throw StoreError(.replaced, path: path, action: "write")
        }
    }

    /// Whether these are the files that were opened. A log that came later belongs to them.
    package func isSame(as found: OpenedFiles) -> Bool {
        found.database == database && (log == nil || found.log == log)
            && (index == nil || found.index == index)
    }
}
