internal import Reports

/// Lines for people that are not part of the result.
enum StandardError {
    /// Writes a line that begins with the name of the program. Where standard error cannot be
    /// written there is nobody to tell, so a fault is not reported.
    static func write(_ line: String) {
        writePart("monitorctl: \(line)\n")
    }

    /// Writes text as it is, for lines that change.
    static func writePart(_ text: String) {
        StandardStream.error.offer(text)
    }
}
