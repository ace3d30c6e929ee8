public import LevelTypes
public import Timekeeping

extension Calibration {
    /// What is entered in the history for a calibrator measurement.
    ///
    /// - Parameters:
    ///   - source, input: those of the configuration, for which the calibration is valid
    ///   - last: the calibration it replaces
    public init(
        of source: String, input: String, time: UTCTime, note: String, check: CalibratorCheck,
        measurement: CalibratorMeasurement, last: Calibration?
    ) {
        self.init(
            source: source, input: input, time: time, note: note,
            calibratorLevel: check.level + check.correction,
            calibratorFrequency: check.frequencyHertz,
            measuredFrequency: measurement.frequencyHertz, spread: measurement.spread,
            before: last?.after, after: measurement.fullScaleDecibels)
    }
}
