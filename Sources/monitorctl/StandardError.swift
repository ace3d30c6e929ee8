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

    /// Whoever waits longer than this is told how far it is.
    private static let patience = Duration.seconds(2)

    /// Shows how far something long is: `what` with a running share, on a terminal.
    ///
    /// - Parameter body: gets what is to be called with the share that is done, 0 to 1
    static func showingShare<Result>(
        of what: String, _ body: ((Double) -> Void) throws -> Result
    ) rethrows -> Result {
        let start = ContinuousClock.now
        defer { show("") }
        return try body { share in
            guard .now - start > patience else { return }
            show("\(what), \(Int(100 * share)) %")
        }
    }

    /// Shows a line that changes, on a terminal; an empty one clears it.
    static func show(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        writePart("\r\u{1B}[K\(printable(text))")
    }
}
