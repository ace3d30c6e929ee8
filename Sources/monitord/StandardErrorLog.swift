internal import Foundation
internal import HostSystem
internal import Logging
internal import MonitorConfig
internal import Timekeeping

/// The log: one line per message on standard error, which begins with the local time and the level.
///
/// If standard error goes to the systemd journal, the journal is handed each line at its socket,
/// with fields that say what it is about. What it cannot take there goes to standard error, and
/// begins with its syslog priority, `<6>`, which journald strips and stores (sd-daemon(3)). A line
/// that cannot be written is lost: there is nowhere to say so.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private static let isJournal = isStandardErrorTheJournal()
    private static let journal = isJournal ? Journal.ofThisMachine() : nil

    init(level: Logger.Level) {
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let text = printable(event.message.description.replacing("\n", with: " | "))
        let about = metadata.merging(event.metadata ?? [:]) { $1 }
        let priority = event.level.syslogPriority
        if let journal = Self.journal, journal.take(text, priority: priority, about) { return }
        let line =
            Self.isJournal
            ? "<\(priority)>\(text)\n"
            : "\(UTCTime.now().localDescription) \(event.level): \(text)\n"
        // A log that nobody reads must not hold up the monitor: the line is then lost.
        if StandardStream.error.isReady { StandardStream.error.offer(line) }
    }

    /// Writes why the program ends, one log line for each line of `text`. They go to standard
    /// error, of which journald knows which service has it: a datagram of a process that has ended
    /// meanwhile would belong to no service.
    static func writeFailure(_ text: String) {
        let priority = isJournal ? "<\(Logger.Level.error.syslogPriority)>" : ""
        for line in text.split(separator: "\n") {
            StandardStream.error.offer("\(priority)monitord: error: \(printable(String(line)))\n")
        }
    }

    /// "The device and inode numbers of the file descriptors should be compared with the values set
    /// in the environment variable to determine whether the process output is still connected to
    /// the journal": systemd.exec(5), JOURNAL_STREAM.
    private static func isStandardErrorTheJournal() -> Bool {
        let stream = ProcessInfo.processInfo.environment["JOURNAL_STREAM"]
        var status = stat()
        // SAFETY: `status` is valid throughout the call.
        guard let stream, unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}

extension Logger.Level {
    init(_ level: LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }

    /// The severities of syslog (RFC 5424, 6.2.1).
    fileprivate var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
