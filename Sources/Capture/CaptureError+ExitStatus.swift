public import Acoustics

extension CaptureError: ExitStatusProviding {
    public var exitStatus: ExitStatus {
        switch kind {
        case .badSpecification: .usage
        case .deviceUnavailable, .deviceUnsuitable: .unavailable
        case .unsupportedFormat, .unsupportedRate, .unsupportedChannel: .badData
        case .unreadable: .noInput
        case .notAudio, .truncated: .badData
        case .threadUnavailable: .temporary
        }
    }
}
