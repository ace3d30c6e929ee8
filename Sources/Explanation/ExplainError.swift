public import HostSystem
internal import SoundTypes
internal import Tracking

/// Why something cannot be explained.
public enum ExplainError: ExitStatusProviding {
    case noEvent(id: Int64, path: String)
    /// Nothing was kept of the event.
    case noPicture(id: Int64, label: String)
    /// The recording is shorter than a frame of the spectrogram.
    case tooShort(path: String)
    /// The label is neither one of the model's nor a taught one.
    case unknownLabel(String, known: [String])
    /// The moment is after the end of the recording; both in seconds.
    case pastTheEnd(seconds: Double, length: Double)

    public var exitStatus: ExitStatus {
        switch self {
        case .noEvent, .noPicture: .noInput
        case .tooShort: .badData
        case .unknownLabel, .pastTheEnd: .usage
        }
    }

    public var description: String {
        switch self {
        case .noEvent(let id, let path): "there is no event \(id) in \(path)"
        case .noPicture(let id, let label) where label == SoundEvent.loudLabel:
            "event \(id) cannot be explained: its level decided that it was loud, not the network"
        case .noPicture(let id, _):
            "event \(id) has no picture: it is older than pictures are kept, still too new, speech "
                + "was heard beside it, or 'pictures' is off in the configuration"
        case .tooShort(let path): "\(path): too short to be explained"
        case .unknownLabel(let label, let known):
            "'\(label)' is neither a label of the model nor taught; accepted: "
                + known.joined(separator: ", ")
        case .pastTheEnd(let seconds, let length):
            "\(seconds) s lies after the end of the recording, \(length) s"
        }
    }
}
