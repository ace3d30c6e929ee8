internal import Foundation
internal import HostSystem
internal import Logging
internal import MonitorConfig
internal import Timekeeping

/// The log: one line per message on standard error.
///
/// If it goes to the systemd journal, each line begins with its syslog priority, `<6>`, which
/// journald strips and stores (sd-daemon(3)); elsewhere with the local time and the level. A line
/// that cannot be written is lost: there is nowhere to say so.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private static let isJournal = isStandardErrorTheJournal()

    init(level: Logger.Level) {
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let text = printable(event.message.description.replacing("\n", with: " | "))
        let line =
            Self.isJournal
            ? "<\(event.level.syslogPriority)>\(text)\n"
            : "\(UTCTime.now().localDescription) \(event.level): \(text)\n"
        // A log that nobody reads must not hold up the monitor: the line is then lost.
        if StandardStream.error.isReady { StandardStream.error.offer(line) }
    }

    /// Writes why the program ends, one log line for each line of `text`.
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
