public import HostSystem
public import Timekeeping

/// Why levels cannot be measured.
public enum SoundLevelsError: ExitStatusProviding, Hashable {
    /// The weightings are designed only for certain rates.
    case unsupportedRate(SampleRate)

    public var exitStatus: ExitStatus { .badData }

    public var description: String {
        switch self {
        case .unsupportedRate(let rate):
            let list = LevelMeter.sampleRates.map(String.init).joined(separator: ", ")
            return "levels cannot be measured at \(rate.hertz) Hz; accepted are \(list) Hz"
        }
    }
}
