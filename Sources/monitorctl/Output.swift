internal import Acoustics
internal import Glibc

/// Why standard output could not be written.
enum OutputError: Error, Equatable, ExitStatusProviding {
    /// The reader of the pipe has gone. No fault.
    case closed
    /// The number of the system error.
    case failed(Int32)

    var exitStatus: ExitStatus { .inputOutput }

    var description: String {
        switch self {
        case .closed:
            "standard output was closed"
        case .failed(let number):
            "cannot write to standard output: \(systemMessage(number))"
        }
    }
}

/// Standard output without a buffer of its own, so that no fault passes unseen.
enum StandardOutput {
    /// Makes a pipe without a reader and a file at its size limit errors of write(2). By default
    /// they are signals that end the process: signal(7).
    static func ignoreSignals() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }

    /// Writes all of `text`.
    static func write(_ text: String) throws(OutputError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the buffer holds `count` bytes and lives through the call.
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw errno == EPIPE ? .closed : .failed(errno)
            }
        }
    }
}

/// Lines for people that are not part of the result.
enum StandardError {
    /// Writes a line that begins with the name of the program. Where standard error cannot be
    /// written there is nobody to tell, so a fault is not reported.
    static func write(_ line: String) {
        writePart("monitorctl: \(line)\n")
    }

    /// Writes text as it is, for lines that change.
    static func writePart(_ text: String) {
        let bytes = Array(text.utf8)
        // SAFETY: the array holds `count` bytes and lives through the call.
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
