internal import Glibc
internal import HostSystem
internal import Synchronization

/// The right to write to a database: an advisory lock (flock(2)) on `<path>.lock`, which holds the
/// pid of the writer. The path is the resolved one: two names of a database share one lock. The
/// system releases the lock when the process ends, however it ends. The file stays: deleting it
/// would let two writers lock two files of the same name.
package final class WriterLock: Sendable {
    /// The open lock file; `nil` once released.
    private let file: Mutex<OpenFile?>

    /// Throws `.cannotCreate`, and `.inUse` when another writer holds the lock.
    package init(path: String, action: String) throws(StoreError) {
        let lockPath = path + ".lock"
        do {
            file = Mutex(try Self.lock(lockPath))
        } catch let error where error.number == EWOULDBLOCK {
            throw StoreError(
                .inUse(pid: Self.writer(lockPath)), path: path, action: action)
        } catch {
            throw StoreError(creating: error, path: path, action: action)
        }
    }

    /// Releases the lock. May be called more than once.
    package func release() {
        file.withLock { $0 = nil }
    }

    private static func lock(_ path: String) throws(SystemError) -> OpenFile {
        // A link would direct the pid of a writer with more rights into any file.
        let file = try OpenFile(path: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw SystemError(number: errno)
        }
        try file.replaceContent(with: Array("\(getpid())\n".utf8))
        return file
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
