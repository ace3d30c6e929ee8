/// How far a level can be trusted as a sound pressure level.
public enum CalibrationState: String, Sendable, CaseIterable, Comparable {
    /// Measured with an acoustic calibrator.
    case calibrated
    /// Computed from a data sheet or a microphone file; off by a few decibels.
    case indicative
    /// Nothing is known: levels are relative to full scale.
    case uncalibrated

    /// The less trusted state is the greater one.
    public static func < (left: CalibrationState, right: CalibrationState) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .calibrated: 0
        case .indicative: 1
        case .uncalibrated: 2
        }
    }
}

/// What turns a level relative to full scale into a sound pressure level:
/// L = 20 lg(RMS of samples in [-1, 1)) + `fullScaleDecibels`.
public struct LevelScale: Sendable, Hashable {
    /// The level of an RMS of 1.0, in dB re 20 µPa; 0 if nothing is known, so that levels are
    /// relative to full scale.
    public var fullScaleDecibels: Double
    public var state: CalibrationState
    /// The microphone correction applied to the samples, by name; `nil`: none.
    public var correction: String?

    public init(
        fullScaleDecibels: Double, state: CalibrationState, correction: String? = nil
    ) {
        self.fullScaleDecibels = fullScaleDecibels
        self.state = state
        self.correction = correction
    }

    /// Levels relative to full scale, from an uncalibrated microphone.
    public static let relative = LevelScale(fullScaleDecibels: 0, state: .uncalibrated)

    /// The level of a mean square relative to full scale, in dB; -infinity for 0.
    public func level(power: Double) -> Double {
        Decibels.level(power: power) + fullScaleDecibels
    }
}

extension LevelScale: CustomStringConvertible {
    /// For people: `calibrated, full scale is 121.3 dB`.
    public var description: String {
        let level = (fullScaleDecibels * 10).rounded() / 10
        let scale =
            switch state {
            case .calibrated, .indicative: "\(state.rawValue), full scale is \(level) dB"
            case .uncalibrated: "relative to full scale, because nothing is known of the microphone"
            }
        return correction.map { "\(scale), corrected by \($0)" } ?? scale
    }
}
