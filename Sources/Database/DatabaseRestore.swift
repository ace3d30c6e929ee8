internal import GRDB
internal import HostSystem

/// Puts a backup in the place of a database.
package enum DatabaseRestore {
    private static let action = "restore the event database"

    /// Copies a backup to where the database is, and checks it before it takes that name. What was
    /// there gets the name `aside`, with its log; it is not removed. Nobody may be writing to it:
    /// `.inUse`. The backup stays as it is. Throws also `.missing`, `.newerSchema`, `.damaged` and
    /// `.full`; then nothing has changed.
    ///
    /// - Parameters:
    ///   - aside: gives the name for what is replaced, which must be free
    ///   - work: says how far it has got
    /// - Returns: the name that what was replaced has now; `nil` if there was nothing
    package static func restore(
        _ path: String, from backup: String, aside: (_ path: String) -> String,
        _ work: DatabaseWork
    ) throws(StoreError) -> String? {
        let path = try DatabaseFile.resolve(path, action: action, withoutDirectory: .cannotCreate)
        let backup = try DatabaseFile.resolve(backup, action: action, withoutDirectory: .missing)
        guard backup != path else {
            throw StoreError(
                .cannotCreate, path: path, action: action, underlying: "it is the backup itself")
        }
        let copy = try open(backup)
        let lock = try WriterLock(path: path, action: action)
        defer { lock.release() }
        do {
            try keepOwner(of: directory(of: path), for: WriterLock.path(of: path))
            let hasOld = fileExists(path)
            if hasOld { try lock.hold(path, action: action) }
            let name = aside(path)
            try DatabaseBackup.copy(copy, path: backup, to: path, work) { draft in
                try keepOwner(of: hasOld ? path : directory(of: path), for: draft)
                try DatabaseCreation.complete(
                    DatabaseQueue(path: draft, configuration: Connection.rollbackJournal()))
                try DatabaseRecovery.moveAside(path, to: name)
            }
            return hasOld ? name : nil
        } catch let error as SystemError {
            throw StoreError(creating: error, path: path, action: action)
        } catch {
            throw StoreError(error, path: path, action: action)
        }
    }

    /// Opens a backup that this program can use.
    private static func open(_ backup: String) throws(StoreError) -> DatabaseQueue {
        guard try DatabaseFile(path: backup, action: action) == .ours else {
            throw StoreError(.missing, path: backup, action: action)
        }
        do {
            let copy = try DatabaseQueue(path: backup, configuration: Connection.reader())
            let version = try copy.read { db in try Schema.version(of: db) }
            guard (1...Schema.current.version).contains(version) else {
                throw StoreError(
                    .newerSchema(found: version, known: Schema.current.version), path: backup,
                    action: action)
            }
            return copy
        } catch {
            throw StoreError(reading: error, path: backup, action: action)
        }
    }
}
