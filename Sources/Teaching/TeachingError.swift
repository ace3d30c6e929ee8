public import HostSystem

/// Why a sound cannot be taught, or a taught one cannot be used.
public enum TeachingError: ExitStatusProviding, Equatable {
    /// A label cannot be the name of a taught sound. Choose another.
    case invalidLabel(String, reason: String)
    /// There are not enough clips. Give more, from different occasions.
    case tooFewClips(Int, needed: Int)
    /// A clip is too short or too long. Cut it to the sound.
    case clipLength(path: String, seconds: Double, accepted: ClosedRange<Double>)
    /// A clip is silent. Leave it out.
    case silentClip(path: String)
    /// The model has no background set to tell a sound apart from. Use the built-in model, or make
    /// one with `Training/background.py`.
    case noBackground(path: String)
    /// The background set is that of another model. Make it again.
    case backgroundOfAnotherModel(name: String)
    /// No sound of this label was taught.
    case unknownSound(String, known: [String])
    /// A file does not begin with its magic bytes.
    case foreign(name: String, kind: String, magic: String)
    /// A file has a version that this program does not know.
    case unknownVersion(name: String, found: UInt32, known: UInt32)
    /// The bytes are not those that were written. Teach the sound again.
    case damaged(name: String, detail: String)
    /// A file or folder cannot be read; `reason` is from the system.
    case unreadable(path: String, reason: String)
    /// A file or folder cannot be written; `reason` is from the system.
    case unwritable(path: String, reason: String)

    public var exitStatus: ExitStatus {
        switch self {
        case .invalidLabel, .tooFewClips, .unknownSound: .usage
        case .clipLength, .silentClip, .backgroundOfAnotherModel, .foreign, .unknownVersion,
            .damaged:
            .badData
        case .noBackground, .unreadable: .noInput
        case .unwritable: .cannotCreate
        }
    }

    public var description: String {
        switch self {
        case .invalidLabel(let label, let reason): "the label \"\(label)\" \(reason)"
        case .tooFewClips(let count, let needed):
            "\(count) clips are too few; accepted: \(needed) or more, of different occasions"
        case .clipLength(let path, let seconds, let accepted):
            "\(path) is \(seconds) s long; accepted: \(accepted.lowerBound) to "
                + "\(accepted.upperBound) s"
        case .silentClip(let path): "there is no sound in \(path)"
        case .noBackground(let path):
            "this model has no background set; expected: \(path), which Training/background.py "
                + "makes"
        case .backgroundOfAnotherModel(let name):
            "the background set \(name) was made with another model; make it anew with "
                + "Training/background.py"
        case .unknownSound(let label, let known):
            "no sound \"\(label)\" was taught; known: "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        case .foreign(let name, let kind, let magic):
            "\(name) is no \(kind): it does not begin with \"\(magic)\""
        case .unknownVersion(let name, let found, let known):
            "\(name) is of version \(found); this program reads version \(known)"
        case .damaged(let name, let detail): "\(name) is damaged: \(detail)"
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
        }
    }
}
