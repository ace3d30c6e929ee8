internal import Glibc
internal import HostSystem

/// Lines for people that are not part of the result.
enum StandardError {
    /// Writes a line that begins with the name of the program. If standard error cannot be written
    /// to there is nobody to tell, so a fault is not reported.
    static func write(_ line: String) {
        writePart("monitorctl: \(printableLines(line))\n")
    }

    /// Writes text as it is, for lines that change: nothing from outside.
    static func writePart(_ text: String) {
        StandardStream.error.offer(text)
    }

    /// Shows a line that changes, on a terminal; an empty one clears it.
    static func show(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        writePart("\r\u{1B}[K\(printable(text))")
    }
}
