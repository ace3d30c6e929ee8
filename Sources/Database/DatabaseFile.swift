internal import Glibc
internal import HostSystem

/// What is at the path of a database, found without SQLite, so that a file that is not ours stays
/// as it is.
package enum DatabaseFile {
    case absent
    case empty
    case ours

    /// Bytes of the header that hold the magic string and, at offset 68, the application id
    /// (sqlite.org/fileformat2.html, section 1.3).
    private static let headerLength = 72
    private static let magic = Array("SQLite format 3\0".utf8)

    /// Throws `.notAFile`, `.unreadable`, `.notADatabase` and `.foreign`; and `.damaged` if what is
    /// no database lies beside the lock of a monitor, which it was one of.
    package init(path: String, action: String) throws(StoreError) {
        let header: [UInt8]
        do {
            // Checked first: opening a pipe would block, and a device may do anything.
            guard try FileIdentity(path: path).isRegularFile else {
                throw StoreError(.notAFile, path: path, action: action)
            }
            header = try readStart(of: path, length: Self.headerLength)
        } catch let error as SystemError where error.number == ENOENT {
            self = .absent
            return
        } catch {
            throw StoreError(error, path: path, action: action)
        }
        guard !header.isEmpty else {
            self = .empty
            return
        }
        guard header.count == Self.headerLength, header.starts(with: Self.magic) else {
            guard fileExists(WriterLock.path(of: path)) else {
                throw StoreError(.notADatabase, path: path, action: action)
            }
            throw StoreError(
                .damaged, path: path, action: action,
                underlying: "it does not begin as a database does")
        }
        let applicationID = header[68..<72].reduce(Int32(0)) { $0 << 8 | Int32($1) }
        guard applicationID == Schema.applicationID else {
            throw StoreError(
                .foreign(applicationID: applicationID), path: path, action: action)
        }
        self = .ours
    }
}

extension DatabaseFile {
    /// Takes the rights to a database and to all files beside it away from whoever is neither its
    /// owner nor in its group: an earlier version gave them to everybody.
    package static func closeToOthers(_ path: String, schema: Schema) throws {
        let backups = (0..<schema.version).map { ".backup-v\($0)" }
        for suffix in ["", "-wal", "-shm", ".lock"] + backups {
            try HostSystem.closeToOthers(path + suffix)
        }
    }

    /// A disk that is too small for a copy is not filled with a part of it, again and again. Throws
    /// `.full`.
    ///
    /// - Parameter target: the copy, whose directory exists; `nil`: beside the database
    static func checkRoom(
        forCopyOf path: String, at target: String? = nil, what: String, action: String
    ) throws {
        let needed = try fileSize(path) + fileSize(path + "-wal")
        let free = try availableBytes(at: target.map(directory) ?? path)
        guard free >= needed else {
            throw StoreError(
                .full, path: target ?? path, action: action,
                underlying: "\(what) takes \(needed) bytes, \(free) are free")
        }
    }

    /// The one path of the database that the user calls `path`. It is absolute, so SQLite never
    /// takes it for a URI.
    ///
    /// - Parameter kind: the kind of the error if the directory does not exist
    package static func resolve(
        _ path: String, action: String, withoutDirectory kind: StoreError.Kind
    ) throws(StoreError) -> String {
        guard !path.isEmpty else { throw StoreError(.emptyPath, path: path, action: action) }
        let resolved: String
        do throws(SystemError) {
            resolved = try resolvedPath(path)
        } catch {
            guard error.number == ENOENT else {
                throw StoreError(error, path: path, action: action)
            }
            throw StoreError(kind, path: path, action: action, underlying: error.message)
        }
        guard FileName.isUTF8(resolved) else {
            throw StoreError(
                .unreadable, path: path, action: action,
                underlying: "SQLite needs a name in UTF-8")
        }
        return resolved
    }
}
