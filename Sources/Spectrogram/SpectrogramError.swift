public import HostSystem
public import SoundTypes

/// Why no spectrogram can be made.
public enum SpectrogramError: ExitStatusProviding, Equatable {
    /// The sound does not reach the highest band. Use a higher sample rate.
    case sampleRateTooLow(hertz: Int, highHertz: Double)
    /// The parameters contradict each other. They come from the model file: use another one.
    case impossibleParameters(FeatureParameters)

    public var exitStatus: ExitStatus { .badData }

    public var description: String {
        switch self {
        case .sampleRateTooLow(let hertz, let highHertz):
            "sample rate \(hertz) Hz is too low: bands up to \(Self.text(highHertz)) Hz need at "
                + "least \(Self.text(2 * highHertz)) Hz"
        case .impossibleParameters(let parameters):
            "no spectrogram can be made of these parameters: \(parameters)"
        }
    }

    private static func text(_ hertz: Double) -> String {
        Int(exactly: hertz).map(String.init) ?? "\(hertz)"
    }
}
