internal import Glibc

/// What a path leads to. A file keeps its identity under every name; another file at the same path
/// has a different one.
package struct FileIdentity: Equatable {
    package let isRegularFile: Bool
    private let device: UInt
    private let inode: UInt

    package init(path: String) throws(SystemError) {
        var status = stat()
        // SAFETY: the path and the structure outlive the call.
        guard unsafe stat(FileName.bytes(of: path), &status) == 0 else {
            throw SystemError(number: errno)
        }
        isRegularFile = status.st_mode & S_IFMT == S_IFREG
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}
