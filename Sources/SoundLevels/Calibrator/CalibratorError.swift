public import HostSystem

/// Why a recording of a calibrator yields no calibration. Every case says what was measured.
public enum CalibratorError: ExitStatusProviding, Hashable {
    /// The recording is too short. Record longer.
    case tooShort(seconds: Double, needed: Double)
    /// A sample is not a number. The recording is damaged.
    case notANumber(atSeconds: Double)
    /// There is next to nothing to hear. Switch the calibrator on; check that the microphone is
    /// the right one and not muted. The level is re full scale.
    case silent(level: Double, needed: Double)
    /// Samples reach full scale. Lower the gain, or use the lower level of the calibrator.
    case clipped(runs: Int, atSeconds: Double)
    /// The tone has another frequency. Set the calibrator, or state its frequency.
    case wrongFrequency(measured: Double, expected: Double, tolerance: Double)
    /// There is more than the tone. Keep quiet, and seat the microphone in the calibrator.
    case impure(residual: Double, accepted: Double)
    /// The level of the tone fluctuates. Seat the microphone and wait until it is still.
    case unstable(spread: Double, accepted: Double)
}

extension CalibratorError {
    public var exitStatus: ExitStatus { .badData }

    public var description: String {
        switch self {
        case .tooShort(let seconds, let needed):
            "\(Self.number(seconds)) s of the calibrator are too short; "
                + "at least \(Self.number(needed)) s are needed"
        case .notANumber(let seconds):
            "the sample at \(Self.number(seconds)) s is not a number"
        case .silent(let level, let needed):
            "there is no tone: the level is \(Self.number(level)) dB re full scale; "
                + "at least \(Self.number(needed)) dB are needed"
        case .clipped(let runs, let seconds):
            "the tone is clipped: it stays at full scale \(runs) times, first at "
                + "\(Self.number(seconds)) s; lower the gain of the input"
        case .wrongFrequency(let measured, let expected, let tolerance):
            "the tone has \(Self.number(measured)) Hz; accepted is \(Self.number(expected)) Hz "
                + "within \(Self.number(100 * tolerance)) %"
        case .impure(let residual, let accepted):
            "there is more than a tone: what is left without it is \(Self.number(-residual)) dB "
                + "below it; at least \(Self.number(-accepted)) dB are needed"
        case .unstable(let spread, let accepted):
            "the level of the tone wavers by \(Self.number(spread)) dB; "
                + "accepted is \(Self.number(accepted)) dB"
        }
    }

    /// With at most two decimals.
    private static func number(_ value: Double) -> String {
        guard let hundredths = Int(exactly: (value * 100).rounded()) else { return "\(value)" }
        return hundredths % 100 == 0 ? "\(hundredths / 100)" : "\(Double(hundredths) / 100)"
    }
}
