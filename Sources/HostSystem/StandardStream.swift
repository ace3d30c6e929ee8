internal import Glibc

/// Standard output or standard error, unbuffered, so that no fault goes unnoticed.
///
/// Nothing here ends the process. (`FileHandle.write` traps.)
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Turns a pipe without a reader and a file at its size limit into errors of write(2). By
    /// default they are signals that end the process: signal(7).
    public static func ignoreSignals() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }

    /// Whether a line can be written without waiting for a reader.
    public var isReady: Bool {
        var descriptor = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        // SAFETY: `descriptor` is valid throughout the call.
        return unsafe poll(&descriptor, 1, 0) > 0
    }

    /// How many characters fit into a line of the terminal; `nil` if it is none, or does not say.
    public var terminalColumns: Int? { terminalSize?.columns }

    /// The size of the terminal in characters; `nil` if it is none, or does not say.
    public var terminalSize: (columns: Int, rows: Int)? {
        var size = winsize()
        // SAFETY: TIOCGWINSZ fills in a `winsize`, valid throughout the call: tty_ioctl(4).
        let status = unsafe withUnsafeMutablePointer(to: &size) {
            unsafe ioctl(rawValue, UInt(TIOCGWINSZ), $0)
        }
        guard status == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes all of `text`.
    public func write(_ text: String) throws(OutputError) {
        try write(Array(text.utf8))
    }

    /// Writes all of some bytes.
    public func write(_ bytes: [UInt8]) throws(OutputError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the buffer holds `count` bytes and is valid throughout the call.
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(rawValue, bytes.baseAddress, bytes.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw errno == EPIPE ? .closed : .failed(errno)
            }
        }
    }

    /// Writes all of a text that nothing depends on; false if that was not possible.
    @discardableResult
    public func offer(_ text: String) -> Bool {
        do throws(OutputError) {
            try write(text)
            return true
        } catch {
            return false
        }
    }
}

/// Why a standard stream could not be written to.
public enum OutputError: Equatable, ExitStatusProviding {
    /// The reader of the pipe is gone. Nobody's fault.
    case closed
    /// The number of the system error.
    case failed(Int32)

    public var exitStatus: ExitStatus { .inputOutput }

    public var description: String {
        switch self {
        case .closed: "the reader of the output has gone"
        case .failed(let number): "cannot write the output: \(systemMessage(number))"
        }
    }
}
