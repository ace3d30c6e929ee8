public import HostSystem

/// Why a model cannot be used. The remedy is always the same: give another model file, or none, to
/// use the built-in one.
public enum ModelError: ExitStatusProviding, Equatable {
    /// The file cannot be read; `reason` is from the system.
    case unreadable(path: String, reason: String)
    /// The file does not begin with the magic bytes of a model file.
    case notAModel(name: String)
    /// The file has a version that this program does not know.
    case unknownVersion(name: String, found: UInt32, known: UInt32)
    /// The bytes are not those that were written.
    case damaged(name: String, detail: String)
    /// The header is well-formed but does not describe a network that can be run.
    case invalid(name: String, detail: String)

    public var exitStatus: ExitStatus {
        switch self {
        case .unreadable: .noInput
        case .notAModel, .unknownVersion, .damaged, .invalid: .badData
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read the model \(path): \(reason)"
        case .notAModel(let name):
            "\(name) is not a SoundNet model: it does not begin with \"SOUNDNET\""
        case .unknownVersion(let name, let found, let known):
            "\(name) is a model of version \(found); this program reads version \(known)"
        case .damaged(let name, let detail):
            "the model \(name) is damaged: \(detail)"
        case .invalid(let name, let detail):
            "the model \(name) describes no network: \(detail)"
        }
    }
}
