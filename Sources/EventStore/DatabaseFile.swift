internal import Glibc

/// What stands at the path of a database, found without SQLite, so that a file that is none of
/// ours stays as it is.
enum DatabaseFile {
    case absent
    case empty
    case ours

    /// Bytes of the header that hold the magic string and, at offset 68, the application id
    /// (sqlite.org/fileformat2.html, section 1.3).
    private static let headerLength = 72
    private static let magic = Array("SQLite format 3\0".utf8)

    /// Throws `.unreadable`, `.notADatabase` and `.foreign`.
    init(path: String, action: String) throws(EventStoreError) {
        let header: [UInt8]
        do {
            header = try readStart(of: path, length: Self.headerLength)
        } catch let error where error.number == ENOENT {
            self = .absent
            return
        } catch {
            throw EventStoreError(
                .unreadable, path: path, action: action, underlying: error.message)
        }
        guard !header.isEmpty else {
            self = .empty
            return
        }
        guard header.count == Self.headerLength, header.starts(with: Self.magic) else {
            throw EventStoreError(.notADatabase, path: path, action: action)
        }
        let applicationID = header[68..<72].reduce(Int32(0)) { $0 << 8 | Int32($1) }
        guard applicationID == Schema.applicationID else {
            throw EventStoreError(
                .foreign(applicationID: applicationID), path: path, action: action)
        }
        self = .ours
    }
}

/// A path that SQLite takes for a path: a library built with SQLITE_USE_URI reads "file:x" as a URI.
func plainPath(_ path: String) -> String {
    path.hasPrefix("/") ? path : "./" + path
}
