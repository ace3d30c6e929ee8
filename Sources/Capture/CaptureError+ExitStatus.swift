public import HostSystem

extension CaptureError: ExitStatusProviding {
    public var exitStatus: ExitStatus {
        switch kind {
        case .deviceUnavailable, .deviceUnsuitable, .rateChanged: .unavailable
        case .unsupportedFormat, .unsupportedRate, .unsupportedChannel:
            // Another device may have the name later; a file stays what it is.
            subject.hasPrefix("alsa:") ? .unavailable : .badData
        case .unreadable: .noInput
        case .unwritable: .cannotCreate
        case .notAudio, .truncated, .damaged: .badData
        case .threadUnavailable, .interrupted: .temporary
        }
    }
}
