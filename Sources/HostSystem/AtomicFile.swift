internal import Glibc

/// Files that are replaced as a whole: whoever opens the path sees either the old content or the
/// new, even after a power cut.
package enum AtomicFile {
    /// Makes `bytes` the content of the file. An existing file keeps its permissions; for a
    /// symbolic link, the file that it leads to is replaced. If this fails, the old file is still
    /// there, or the new one with a name that a power cut may undo.
    ///
    /// - Parameter isPrivate: whether the file is for its owner and its group only
    package static func replace(
        _ path: String, with bytes: [UInt8], isPrivate: Bool = false
    ) throws(SystemError) {
        let path = try resolvedPath(path)
        // Two processes must not write to one draft. One left by a killed process with this pid is
        // removed.
        let draft = "\(path).\(getpid()).new"
        try removeFile(draft)
        let file = try OpenFile(
            path: draft, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, isPrivate: isPrivate)
        do throws(SystemError) {
            try keepPermissions(of: path, for: file, withdrawing: isPrivate ? 0o007 : 0)
            try file.write(bytes)
            try file.synchronize()
            try renameFile(draft, path)
        } catch {
            _ = unsafe unlink(FileName.bytes(of: draft))  // The first fault is the one that counts.
            throw error
        }
        try synchronize(directoryOf: path)
    }

    /// Waits until a file, or the names in a directory, are on the disk.
    package static func synchronize(_ path: String) throws(SystemError) {
        try OpenFile(path: path, flags: O_RDONLY).synchronize()
    }

    /// Waits until the name of a file is on the disk. If the directory may not be read, or the file
    /// system does not support that, the name gets there when the system writes it: the file itself
    /// is in place, so that is not a failure. A fault of the disk is.
    package static func synchronize(directoryOf path: String) throws(SystemError) {
        do throws(SystemError) {
            try synchronize(directory(of: path))
        } catch {
            guard [EACCES, EINVAL, ENOTSUP].contains(error.number) else { throw error }
        }
    }

    private static func keepPermissions(
        of path: String, for file: borrowing OpenFile, withdrawing rights: mode_t
    ) throws(SystemError) {
        var status = stat()
        // SAFETY: the path and the structure outlive the call.
        guard unsafe stat(FileName.bytes(of: path), &status) == 0 else { return }
        guard fchmod(file.descriptor, status.st_mode & 0o7777 & ~rights) == 0 else {
            throw SystemError(number: errno)
        }
    }
}
