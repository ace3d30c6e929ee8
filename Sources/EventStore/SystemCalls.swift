internal import Glibc
internal import HostSystem

/// A failed system call.
struct SystemError: Error {
    let number: Int32

    var message: String { systemMessage(number) }
}

/// An open file that closes itself.
struct OpenFile: ~Copyable {
    let descriptor: Int32

    init(path: String, flags: Int32) throws(SystemError) {
        // SAFETY: the path lives through the call.
        descriptor = unsafe open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError(number: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Up to `length` bytes from the start of the file.
    func start(length: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        // SAFETY: the array is `length` bytes long and lives through the call.
        let count = unsafe pread(descriptor, &bytes, length, 0)
        guard count >= 0 else { throw SystemError(number: errno) }
        return Array(bytes.prefix(count))
    }

    /// Makes `bytes` the whole content of the file.
    func replaceContent(with bytes: [UInt8]) throws(SystemError) {
        guard ftruncate(descriptor, 0) == 0 else { throw SystemError(number: errno) }
        // SAFETY: the array holds `count` bytes and lives through the call.
        let count = unsafe pwrite(descriptor, bytes, bytes.count, 0)
        guard count == bytes.count else { throw SystemError(number: count < 0 ? errno : ENOSPC) }
    }
}

/// Up to `length` bytes from the start of a file.
func readStart(of path: String, length: Int) throws(SystemError) -> [UInt8] {
    try OpenFile(path: path, flags: O_RDONLY).start(length: length)
}

/// Gives the file `old` the name `new`, in one step; a file of that name is replaced.
func renameFile(_ old: String, _ new: String) throws(SystemError) {
    // SAFETY: both paths live through the call.
    guard unsafe rename(old, new) == 0 else { throw SystemError(number: errno) }
}

/// Deletes a file; it need not exist.
func removeFile(_ path: String) throws(SystemError) {
    // SAFETY: the path lives through the call.
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw SystemError(number: errno) }
}

func fileExists(_ path: String) -> Bool {
    // SAFETY: the path lives through the call.
    unsafe access(path, F_OK) == 0
}
