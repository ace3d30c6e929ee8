public import HostSystem

/// Settings with which no event can be tracked.
public enum TrackingError: ExitStatusProviding, Hashable {
    /// A threshold is outside 0 to 1. Choose one within.
    case thresholdOutOfRange(name: String, value: Float)
    /// The off threshold is above the on threshold. Lower it or raise the other.
    case offAboveOn(off: Float, on: Float)
    /// A length is negative or not a number. Choose zero or more.
    case lengthOutOfRange(name: String, seconds: Double)
    /// The longest part does not exceed the shortest event plus the merge gap or the hold time.
    /// Raise it.
    case maximumTooShort(seconds: Double, mustExceed: Double)
    /// Loud sounds are to be found, but without saying how loud. Give a threshold.
    case noLoudThreshold
    /// A level or a difference between levels, in dB, is outside what is accepted. Choose one
    /// within.
    case levelOutOfRange(name: String, decibels: Double, accepted: ClosedRange<Double>)
}

extension TrackingError {
    public var exitStatus: ExitStatus { .configuration }

    public var description: String {
        switch self {
        case .thresholdOutOfRange(let name, let value):
            "\(name) threshold \(value) is outside 0 to 1"
        case .offAboveOn(let off, let on):
            "off threshold \(off) is above the on threshold \(on)"
        case .lengthOutOfRange(let name, let seconds):
            "\(name) of \(seconds) s is not a length of zero or more"
        case .maximumTooShort(let seconds, let mustExceed):
            "maximum duration of \(seconds) s must exceed \(mustExceed) s, "
                + "the minimum duration and the merge gap or hold time together"
        case .noLoudThreshold:
            "loud sounds need a threshold, absolute or above the background"
        case .levelOutOfRange(let name, let decibels, let accepted):
            "\(name) of \(decibels) dB is outside \(accepted.lowerBound) to "
                + "\(accepted.upperBound) dB"
        }
    }
}
