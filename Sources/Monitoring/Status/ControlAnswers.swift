internal import Control
internal import Logging

/// Answers whoever asks the running monitor.
struct ControlAnswers: Sendable {
    let status: @Sendable () -> MonitorStatus
    let logger: Logger

    /// Listens at a path; without a socket the monitor listens to sounds all the same.
    func serve(at path: String) -> ControlServer? {
        do throws(ControlError) {
            return try ControlServer(path: path) { answer($0) }
        } catch {
            logger.warning("the monitor \(error)")
            return nil
        }
    }

    private func answer(_ request: String) -> String {
        guard request == MonitorStatus.request else {
            return "error: unknown request; known is: \(MonitorStatus.request)"
        }
        return status().json
    }
}
