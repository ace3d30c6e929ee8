internal import Acoustics
internal import Foundation
internal import Logging
internal import MonitorConfig

/// The log: one line a message on standard error.
///
/// Under systemd each line begins with its syslog priority, `<6>`, which journald takes off and
/// stores (sd-daemon(3)); elsewhere with the local time and the level.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    /// systemd sets JOURNAL_STREAM when standard error goes to the journal (systemd.exec(5)).
    private let isJournal = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] != nil

    init(level: Logger.Level) {
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let text = event.message.description.replacing("\n", with: " | ")
        let line =
            isJournal
            ? "<\(event.level.syslogPriority)>\(text)\n"
            : "\(UTCTime.now().localDescription) \(event.level): \(text)\n"
        FileHandle.standardError.write(Data(line.utf8))
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
