public import HostSystem

/// Why a run of the monitor ended badly.
public enum MonitorError: ExitStatusProviding, Equatable {
    /// The store could not take this many changes. They are in the log. Remedy: make room.
    case unwritten(count: Int)

    public var exitStatus: ExitStatus {
        switch self {
        case .unwritten: .inputOutput
        }
    }

    public var description: String {
        switch self {
        case .unwritten(let count):
            "\(count) changes could not be stored before the end; the log above has them"
        }
    }
}
