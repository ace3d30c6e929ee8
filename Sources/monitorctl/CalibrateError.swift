internal import Capture
internal import Database
internal import EventStore
internal import Glibc
internal import HostSystem

/// Why `monitorctl calibrate` cannot begin.
enum CalibrateError: ExitStatusProviding {
    /// There is no source of this name.
    case unknownSource(String, known: [String])
    /// There are several sources; one must be named.
    case sourceNeeded(known: [String])
    /// Nobody can be asked.
    case noTerminal
    /// The running monitor has the device or the database.
    case monitorRuns(reason: String, ExitStatus)

    var exitStatus: ExitStatus {
        switch self {
        case .unknownSource, .sourceNeeded, .noTerminal: .usage
        case .monitorRuns(_, let status): status
        }
    }

    var description: String {
        switch self {
        case .unknownSource(let name, let known):
            "there is no source '\(name)'; known: \(known.joined(separator: ", "))"
        case .sourceNeeded(let known):
            "name one of the sources with --source: \(known.joined(separator: ", "))"
        case .noTerminal:
            "there is no terminal to ask whether to store the calibration; use --yes to store it "
                + "unasked, or --check to compare only"
        case .monitorRuns(let reason, _):
            "\(reason). The monitor holds microphone and database while it runs: stop it, "
                + "calibrate, and start it again (systemctl stop monitord)"
        }
    }

    /// Adds the advice to stop the monitor where that may be the cause.
    static func advising(_ error: any Error) -> any Error {
        switch error {
        case let error as CaptureError where error.code == -EBUSY:
            monitorRuns(reason: "\(error)", error.exitStatus)
        case let error as StoreError where error.isHeldByAnother:
            monitorRuns(reason: "\(error)", error.exitStatus)
        default: error
        }
    }
}

extension StoreError {
    fileprivate var isHeldByAnother: Bool {
        switch kind {
        case .inUse, .busy: true
        default: false
        }
    }
}
