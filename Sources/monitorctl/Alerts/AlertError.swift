internal import HostSystem

/// What the owner named is not there.
enum AlertError: ExitStatusProviding {
    case noAlert(id: Int64, path: String)
    case noSilence(id: Int64, path: String)

    var exitStatus: ExitStatus { .noInput }

    var description: String {
        switch self {
        case .noAlert(let id, let path): "there is no alert \(id) in \(path)"
        case .noSilence(let id, let path): "there is no silence \(id) in \(path)"
        }
    }
}
