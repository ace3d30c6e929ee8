internal import Database
internal import GRDB

/// Writes what the owner says into the database, also while the monitor writes to it.
///
/// It takes no writer lock: it writes to tables which the monitor never writes to, and SQLite makes
/// the two wait for each other. It creates and migrates nothing.
struct OwnerWriter: Sendable {
    /// The database, without symbolic links.
    let path: String
    private let queue: DatabaseQueue
    /// The database and its log, as they were opened.
    private let files: OpenedFiles
    private let action: String

    /// Opens the database. Throws what `EventReader` throws, and `.readOnly`.
    ///
    /// - Parameter action: what it is opened for, as errors say it
    init(path: String, action: String) throws(StoreError) {
        // A database that can be read has this program's schema.
        self.path = try EventReader(path: path).path
        self.action = action
        do {
            queue = try DatabaseQueue(
                path: self.path, configuration: Connection.writer(maximumBytes: nil))
            files = try OpenedFiles(path: self.path)
        } catch {
            throw StoreError(error, path: self.path, action: action)
        }
    }

    /// Runs `body` in a transaction. Throws `.replaced` if the database was replaced meanwhile.
    func write<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do {
            let result = try queue.write(body)
            try files.check(path: path)
            return result
        } catch {
            throw StoreError(error, path: path, action: action)
        }
    }
}
