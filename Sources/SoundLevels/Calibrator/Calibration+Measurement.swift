public import LevelTypes
public import Timekeeping

extension Calibration {
    /// What is entered into the history for a measurement with a calibrator.
    ///
    /// - Parameters:
    ///   - source, input: those of the configuration, for which the calibration holds
    ///   - last: the calibration that it takes the place of
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
