internal import Glibc

/// A failed system call.
package struct SystemError: Error {
    package let number: Int32

    package init(number: Int32) {
        self.number = number
    }

    package var message: String { systemMessage(number) }
}

/// An open file that closes itself.
package struct OpenFile: ~Copyable {
    package let descriptor: Int32

    /// - Parameter isPrivate: whether a new file is for its owner and its group only
    package init(
        path: String, flags: Int32, isPrivate: Bool = false
    ) throws(SystemError) {
        let mode: mode_t = isPrivate ? 0o640 : 0o644
        // SAFETY: the path outlives the call.
        descriptor = unsafe open(FileName.bytes(of: path), flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemError(number: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Up to `length` bytes from the start of the file.
    package func start(length: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        // SAFETY: the array is `length` bytes long and outlives the call.
        let count = unsafe pread(descriptor, &bytes, length, 0)
        guard count >= 0 else { throw SystemError(number: errno) }
        return Array(bytes.prefix(count))
    }

    /// Locks one byte of the file, which need not exist, for as long as this is open; false if
    /// another open file has the lock, also one of this process. fcntl(2), "Open file description
    /// locks": unlike those of SQLite, which belong to the process, it stays when the process
    /// closes the same file elsewhere, and it is found under every name of the file.
    package func lock(byte: Int64) throws(SystemError) -> Bool {
        var range = Self.range(of: byte)
        // SAFETY: the structure outlives the call.
        guard unsafe fcntl(descriptor, Self.setFileLock, &range) != 0 else { return true }
        guard errno == EAGAIN || errno == EACCES else { throw SystemError(number: errno) }
        return false
    }

    /// Gives up the locks of `lock` and of flock(2). To close the file is not enough: a child has
    /// its descriptors, and so the locks, from fork to exec.
    package func unlock() {
        var range = flock()
        range.l_type = Int16(F_UNLCK)
        range.l_whence = Int16(SEEK_SET)
        // SAFETY: the structure outlives the call.
        _ = unsafe fcntl(descriptor, Self.setFileLock, &range)
        _ = flock(descriptor, LOCK_UN)
    }

    /// Whether another open file has locked a byte in this way.
    package func isLocked(byte: Int64) throws(SystemError) -> Bool {
        var range = Self.range(of: byte)
        // SAFETY: the structure outlives the call.
        guard unsafe fcntl(descriptor, Self.getFileLock, &range) == 0 else {
            throw SystemError(number: errno)
        }
        return range.l_type != Int16(F_UNLCK)
    }

    private static func range(of byte: Int64) -> flock {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = off_t(byte)
        range.l_len = 1
        return range
    }

    /// F_OFD_GETLK and F_OFD_SETLK of Linux (asm-generic/fcntl.h), which the module of Glibc leaves
    /// out.
    private static let getFileLock: Int32 = 36
    private static let setFileLock: Int32 = 37

    /// Waits until the content of the file, or the names in a directory, are on the disk.
    package func synchronize() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError(number: errno) }
    }

    /// Writes all of `bytes` from the current position on.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the buffer holds `count` bytes and outlives the call.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                throw SystemError(number: count < 0 ? errno : ENOSPC)
            }
        }
    }

    /// Makes `bytes` the whole content of the file.
    package func replaceContent(with bytes: [UInt8]) throws(SystemError) {
        guard ftruncate(descriptor, 0) == 0 else { throw SystemError(number: errno) }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw SystemError(number: errno) }
        try write(bytes)
    }
}

/// Up to `length` bytes from the start of a file.
package func readStart(of path: String, length: Int) throws(SystemError) -> [UInt8] {
    try OpenFile(path: path, flags: O_RDONLY).start(length: length)
}

/// Gives the file `old` the name `new` in one step; an existing file of that name is replaced.
package func renameFile(_ old: String, _ new: String) throws(SystemError) {
    // SAFETY: both paths outlive the call.
    guard unsafe rename(FileName.bytes(of: old), FileName.bytes(of: new)) == 0 else {
        throw SystemError(number: errno)
    }
}

/// Gives the file `old` the name `new` as well; no file of that name may exist.
package func linkFile(_ old: String, _ new: String) throws(SystemError) {
    // SAFETY: both paths outlive the call.
    guard unsafe link(FileName.bytes(of: old), FileName.bytes(of: new)) == 0 else {
        throw SystemError(number: errno)
    }
}

/// Deletes a file; it need not exist.
package func removeFile(_ path: String) throws(SystemError) {
    // SAFETY: the path outlives the call.
    guard unsafe unlink(FileName.bytes(of: path)) == 0 || errno == ENOENT else {
        throw SystemError(number: errno)
    }
}

/// The room that is left, for users other than root, on the file system of a file or directory.
package func availableBytes(at path: String) throws(SystemError) -> Int64 {
    let status = try fileSystem(of: path)
    return Int64(
        clamping: UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize)
        ).partialValue)
}

/// The size of a file in bytes; 0 if there is none.
package func fileSize(_ path: String) throws(SystemError) -> Int64 {
    var status = stat()
    // SAFETY: the path and the structure outlive the call.
    guard unsafe stat(FileName.bytes(of: path), &status) == 0 else {
        guard errno == ENOENT else { throw SystemError(number: errno) }
        return 0
    }
    return Int64(status.st_size)
}

/// Takes the rights to a file or folder away from whoever is neither its owner nor in its group. It
/// need not exist. One of another owner, a link, and a folder that everybody may write to, such as
/// /tmp, stay as they are.
package func closeToOthers(_ path: String) throws(SystemError) {
    var status = stat()
    let name = FileName.bytes(of: path)
    // SAFETY: the name and the structure outlive the calls.
    guard unsafe lstat(name, &status) == 0, status.st_uid == geteuid(),
        status.st_mode & S_IFMT != S_IFLNK, status.st_mode & 0o007 != 0,
        status.st_mode & 0o002 == 0
    else { return }
    guard unsafe chmod(name, status.st_mode & 0o7770) == 0 || errno == EPERM else {
        throw SystemError(number: errno)
    }
}

/// Gives a file the owner and the group of another one, if this is root, who may.
package func keepOwner(of model: String, for path: String) throws(SystemError) {
    var status = stat()
    // SAFETY: the paths and the structure outlive the calls.
    guard geteuid() == 0, unsafe stat(FileName.bytes(of: model), &status) == 0 else { return }
    guard unsafe chown(FileName.bytes(of: path), status.st_uid, status.st_gid) == 0 else {
        throw SystemError(number: errno)
    }
}

/// The share of the disk with a file that whoever asks may still fill, 0 to 1.
package func freeShareOfDisk(with path: String) throws(SystemError) -> Double {
    let status = try fileSystem(of: path)
    return status.f_blocks > 0 ? Double(status.f_bavail) / Double(status.f_blocks) : 1
}

private func fileSystem(of path: String) throws(SystemError) -> statvfs {
    var status = statvfs()
    // SAFETY: the path and the structure outlive the call.
    guard unsafe statvfs(FileName.bytes(of: path), &status) == 0 else {
        throw SystemError(number: errno)
    }
    return status
}

package func fileExists(_ path: String) -> Bool {
    // SAFETY: the path outlives the call.
    unsafe access(FileName.bytes(of: path), F_OK) == 0
}
