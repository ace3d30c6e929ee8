internal import Glibc

/// Standard output or standard error, without a buffer.
///
/// Nothing here ends the process: a full disk, or a reader that has gone, is no reason to stop
/// listening. (`FileHandle.write` traps.)
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Makes a pipe without a reader and a file at its size limit errors of write(2). By default
    /// they are signals that end the process: signal(7).
    static func ignoreSignals() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }

    /// Whether a line can be written without waiting for a reader.
    var isReady: Bool {
        var descriptor = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        // SAFETY: `descriptor` lives through the call.
        return unsafe poll(&descriptor, 1, 0) > 0
    }

    /// Writes all of `text`; false when that was not possible.
    @discardableResult
    func write(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the buffer holds `count` bytes and lives through the call.
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(rawValue, bytes.baseAddress, bytes.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
