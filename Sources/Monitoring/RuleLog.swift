internal import Actions
internal import AlertTypes
internal import Logging
internal import Rules

/// The log of the monitor, as actions write to it.
struct RuleLog: ActionLog {
    let logger: Logger

    func write(_ text: String, _ severity: Action.LogSeverity, of run: HookRun) {
        logger.about(run).log(level: Logger.Level(severity), "\(text)")
    }
}

extension Logger.Level {
    fileprivate init(_ severity: Action.LogSeverity) {
        switch severity {
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
