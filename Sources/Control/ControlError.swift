public import HostSystem

/// Why a running monitor could not be asked, or cannot be.
public enum ControlError: ExitStatusProviding, Equatable {
    /// No monitor listens at this path.
    case notRunning(path: String)
    case notPermitted(path: String)
    /// It did not answer in time, or closed the connection.
    case noAnswer(path: String)
    /// What it answered is not what this version understands.
    case misunderstood(path: String)
    /// The monitor refuses the request.
    case refused(String)
    /// A socket cannot be made there.
    case unusable(path: String, reason: String)

    public var exitStatus: ExitStatus {
        switch self {
        case .notRunning, .notPermitted, .unusable: .unavailable
        case .noAnswer: .temporary
        case .misunderstood, .refused: .badData
        }
    }

    public var description: String {
        switch self {
        case .notRunning(let path):
            "no monitor is running: nothing listens at \(path)"
        case .notPermitted(let path):
            "no permission to ask the monitor at \(path): that takes root, its user or its group "
                + "(sudo adduser $USER earwitness, and log in again)"
        case .noAnswer(let path):
            "the monitor at \(path) does not answer; it may be busy, starting or ending"
        case .misunderstood(let path):
            "the answer of the monitor at \(path) is of another version: restart it after an "
                + "update"
        case .refused(let reason): "the monitor refuses: \(reason)"
        case .unusable(let path, let reason): "cannot be asked at \(path): \(reason)"
        }
    }
}
