internal import Capture
internal import Logging
internal import Timekeeping

/// Logs when a device goes away, why it cannot be opened again, and when it is back.
struct DeviceWatch {
    private static let interval = Duration.milliseconds(500)

    private let logger: Logger
    private let health: @Sendable () -> [String: CaptureHealth]

    /// - Parameter health: that of the sources that are listened to, by their names
    init(logger: Logger, health: @escaping @Sendable () -> [String: CaptureHealth]) {
        self.logger = logger
        self.health = health
    }

    /// Until the task is cancelled.
    func run() async {
        var lost: [String: String] = [:]
        while await pause(Self.interval) {
            for (name, health) in health() {
                let logger = logger.about(.source, name)
                switch health.state {
                case .lost:
                    let reason = health.lastFailure.map { "; \($0.message)" } ?? ""
                    guard lost.updateValue(reason, forKey: name) != reason else { continue }
                    logger.error("\(name): lost, trying to get it back\(reason)")
                case .running where lost.removeValue(forKey: name) != nil:
                    logger.notice("\(name): it is back")
                case .opening, .running: break
                }
            }
        }
    }
}
