public import LevelTypes

extension LevelScale {
    /// The scale of a source, from what is known about it, the most trusted first: its last
    /// calibration (calibrated), the configuration (indicative), the sensitivity in the correction
    /// file of its microphone (indicative), nothing (uncalibrated).
    ///
    /// - Parameters:
    ///   - calibration: the last one of this source with this input
    ///   - fullScaleDecibels: `full_scale_db` of the configuration
    ///   - response: the correction that is applied to the samples
    public init(
        calibration: Calibration?, fullScaleDecibels: Double?, response: MicrophoneResponse?
    ) {
        self = .relative
        if let calibration {
            (self.fullScaleDecibels, state) = (calibration.after, .calibrated)
        } else if let level = fullScaleDecibels ?? response?.indicativeFullScaleDecibels {
            (self.fullScaleDecibels, state) = (level, .indicative)
        }
        correction = response?.name
    }
}
