public import HostSystem

/// Why a microphone correction file is refused.
public enum MicrophoneFileError: ExitStatusProviding, Hashable {
    /// It cannot be opened or read. Check path and permissions.
    case unreadable(path: String, reason: String)
    /// It is larger than 1 MiB, or has more than 100 000 rows. It is not a correction file.
    case tooLarge(path: String)
    /// It is a text in UTF-16. Save it as UTF-8.
    case wrongEncoding(path: String)
    /// A line is not what it should be. Correct it; the lines count from 1.
    case badLine(path: String, line: Int, text: String, reason: String)
    /// It has fewer than two rows, and therefore no response.
    case tooFewRows(path: String, found: Int)
}

extension MicrophoneFileError {
    public var exitStatus: ExitStatus {
        switch self {
        case .unreadable: .noInput
        case .tooLarge, .wrongEncoding, .badLine, .tooFewRows: .badData
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "the microphone correction \(path) cannot be read: \(reason)"
        case .tooLarge(let path):
            "the microphone correction \(path) is too large; accepted are 1 MiB and 100000 rows"
        case .wrongEncoding(let path):
            "the microphone correction \(path) is a text in UTF-16; accepted is UTF-8"
        case .badLine(let path, let line, let text, let reason):
            "\(path):\(line): '\(text)': \(reason)"
        case .tooFewRows(let path, let found):
            "the microphone correction \(path) has \(found) rows of frequency and decibels; "
                + "accepted are 2 or more"
        }
    }
}
