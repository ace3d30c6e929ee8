internal import Glibc
package import HostSystem
internal import Synchronization

/// The right to write to a database. The system takes it back when the process ends, however it
/// ends.
///
/// Two locks make it up. That on `<path>.lock`, which holds the pid of the writer, keeps two
/// monitors from making one database at a time; the path is the resolved one. That on the database
/// itself counts: it is found under every name of the file, and nobody can remove it.
package final class WriterLock: Sendable {
    /// A byte that no SQLite ever locks: those it locks are the 512 from 2^30 on
    /// (sqlite.org/fileformat2.html, "The Lock-Byte Page").
    private static let lockedByte: Int64 = 1 << 30 + 1_024

    /// An open file with a lock.
    private final class Lock: Sendable {
        let file: OpenFile

        init(_ file: consuming OpenFile) {
            self.file = file
        }

        deinit {
            file.unlock()
        }
    }

    /// None once released.
    private let locks: Mutex<[Lock]>

    /// The file beside a database that is locked.
    static func path(of database: String) -> String { database + ".lock" }

    /// Throws `.cannotCreate`, and `.inUse` when another writer holds the lock beside the database.
    package init(path: String, action: String) throws(StoreError) {
        let lockPath = Self.path(of: path)
        do {
            locks = Mutex([try Self.lock(lockPath)])
        } catch let error where error.number == EWOULDBLOCK {
            throw StoreError(
                .inUse(pid: Self.writer(lockPath)), path: path, action: action)
        } catch {
            throw StoreError(creating: error, path: path, action: action)
        }
    }

    /// Locks the database, which exists. Throws `.inUse` when another writer has it, under whatever
    /// name. Call it before SQLite opens the file.
    package func hold(_ path: String, action: String) throws(StoreError) {
        // That of an earlier attempt, maybe on a file that is gone.
        locks.withLock { $0 = Array($0.prefix(1)) }
        let lock: Lock
        let isFree: Bool
        do throws(SystemError) {
            lock = Lock(try OpenFile(path: path, flags: O_RDWR))
            isFree = try lock.file.lock(byte: Self.lockedByte)
        } catch {
            let isRefused = [EACCES, EPERM, EROFS].contains(error.number)
            throw StoreError(
                isRefused ? .readOnly : .inputOutput, path: path, action: action,
                underlying: error.message)
        }
        guard isFree else { throw StoreError(.inUse(pid: nil), path: path, action: action) }
        locks.withLock { $0.append(lock) }
    }

    /// Releases the locks. May be called more than once.
    package func release() {
        locks.withLock { $0 = [] }
    }

    /// The pid of whoever may write to a database now; `nil` if nobody does, or only by another
    /// name of the file. A pid that was left behind is not taken for one.
    ///
    /// Call it while no SQLite of this process has the database open: closing a file takes the
    /// locks of SQLite away (sqlite.org/howtocorrupt.html, section 2.2).
    package static func holder(of path: String) throws(SystemError) -> Int32? {
        // Looked at first, which takes no lock: a monitor that starts now is not in the way.
        guard try OpenFile(path: path, flags: O_RDONLY).isLocked(byte: lockedByte) else {
            return nil
        }
        let lockPath = Self.path(of: path)
        guard fileExists(lockPath) else { return nil }
        let file = try OpenFile(path: lockPath, flags: O_RDONLY | O_NOFOLLOW)
        guard flock(file.descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        guard errno == EWOULDBLOCK else { throw SystemError(number: errno) }
        return writer(lockPath).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func lock(_ path: String) throws(SystemError) -> Lock {
        // A link would direct the pid of a writer with more rights into any file.
        let lock = Lock(
            try OpenFile(path: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, isPrivate: true))
        guard flock(lock.file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw SystemError(number: errno)
        }
        try lock.file.replaceContent(with: Array("\(getpid())\n".utf8))
        return lock
    }

    /// The pid in a lock file; `nil` if it cannot be read, or the writer has yet to write it.
    private static func writer(_ path: String) -> Int32? {
        do {
            let digits = try readStart(of: path, length: 16).prefix { $0 != UInt8(ascii: "\n") }
            return Int32(String(decoding: digits, as: UTF8.self))
        } catch {
            return nil
        }
    }
}
