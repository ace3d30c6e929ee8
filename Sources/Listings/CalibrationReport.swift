internal import Formats
internal import HostSystem
public import LevelTypes
public import SoundLevels
internal import Timekeeping

/// What a calibrator measurement says about a source.
public struct CalibrationReport: Sendable {

    /// The calibration that the measurement would make.
    public var calibration: Calibration
    /// What was listened to: the input of the source, or another one in its place.
    public var input: String
    public var measurement: CalibratorMeasurement
    /// The last calibration of the source with this input.
    public var last: Calibration?
    /// The scale levels have without this measurement.
    public var scale: LevelScale

    public init(
        calibration: Calibration, input: String, measurement: CalibratorMeasurement,
        last: Calibration?, scale: LevelScale
    ) {
        self.calibration = calibration
        self.input = input
        self.measurement = measurement
        self.last = last
        self.scale = scale
    }

    /// One line per quantity, then what follows from the drift.
    public var text: String {
        let lines = [
            "source       \(printable(calibration.source)), \(printable(calibration.input))",
            "measured     \(printable(input)), \(number(measurement.seconds, 1)) s",
            "correction   \(scale.correction.map(printable) ?? "none")",
            "calibrator   \(number(calibration.calibratorLevel)) dB",
            "tone         \(number(measurement.frequencyHertz)) Hz, "
                + "\(number(measurement.toneLevel)) dB re full scale",
            "spread       \(number(measurement.spread)) dB",
            "residual     \(number(measurement.residual, 1)) dB",
            "full scale   \(number(calibration.after)) dB",
            before,
        ]
        return lines.joined(separator: "\n") + "\n" + (consequence ?? "")
    }

    private var before: String {
        if let last {
            return "before       \(number(last.after)) dB, calibrated "
                + last.time.localDescription
        }
        guard scale.state == .indicative else { return "before       not calibrated" }
        return "before       \(number(scale.fullScaleDecibels)) dB, indicative; "
            + "the difference is "
            + signed(scale.fullScaleDecibels - calibration.after, places: 2) + " dB"
    }

    /// What the drift means, as whole sentences; `nil` without an earlier calibration.
    private var consequence: String? {
        guard let last, let drift = calibration.drift else { return nil }
        let amount = signed(drift, places: 2) + " dB"
        guard abs(drift) > Calibration.acceptedDrift else {
            return "drift        \(amount), within \(number(Calibration.acceptedDrift, 1)) dB\n"
        }
        return """
            drift        \(amount)
            THE DRIFT EXCEEDS \(number(Calibration.acceptedDrift, 1)) dB. The levels of \
            \(printable(calibration.source)) are in doubt
            from \(last.time.localDescription) to \(calibration.time.localDescription).
            ISO 1996-2:2017, 5.2, discards what was measured since the last good check.

            """
    }

    private func number(_ value: Double, _ places: Int = 2) -> String {
        fixedPoint(value, places: places) ?? "\(value)"
    }
}
