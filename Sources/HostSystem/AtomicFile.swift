internal import Glibc

/// Files that are replaced as a whole: whoever opens the path sees the old content or the new one,
/// also after a power cut.
package enum AtomicFile {
    /// Makes `bytes` the content of the file. A file that was there keeps its permissions; of a
    /// symbolic link the file that it leads to is replaced. What fails leaves the old file.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let path = try resolvedPath(path)
        // Two processes must not write to one draft.
        let draft = "\(path).\(getpid()).new"
        do throws(SystemError) {
            try write(bytes, to: draft, permissionsOf: path)
            try renameFile(draft, path)
        } catch {
            _ = unsafe unlink(draft)  // What counts is the first fault.
            throw error
        }
        try synchronize(directoryOf: path)
    }

    /// Waits until a file, or the names in a directory, are on the disk.
    package static func synchronize(_ path: String) throws(SystemError) {
        try OpenFile(path: path, flags: O_RDONLY).synchronize()
    }

    private static func write(
        _ bytes: [UInt8], to draft: String, permissionsOf path: String
    ) throws(SystemError) {
        let file = try OpenFile(path: draft, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        var status = stat()
        // SAFETY: the path and the structure live through the call.
        if unsafe stat(path, &status) == 0 {
            guard fchmod(file.descriptor, status.st_mode & 0o7777) == 0 else {
                throw SystemError(number: errno)
            }
        }
        try file.replaceContent(with: bytes)
        try file.synchronize()
    }

    private static func synchronize(directoryOf path: String) throws(SystemError) {
        try synchronize("/" + path.split(separator: "/").dropLast().joined(separator: "/"))
    }
}
