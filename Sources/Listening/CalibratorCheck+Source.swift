public import Capture
public import SoundLevels

extension CalibratorCheck {
    /// Measures a calibrator on a microphone, or a recording of it. Blocks, and closes the source.
    ///
    /// - Parameters:
    ///   - seconds: how long to listen
    ///   - response: that of the microphone, if it is to be corrected for
    ///   - onSamples: gets all samples so far, after each read
    /// - Throws: `CalibratorError` if the tone is not that of the calibrator, `CaptureError`
    public func measure(
        _ source: any CaptureSource, seconds: Double, correcting response: MicrophoneResponse?,
        onSamples: (Span<Float>) -> Void
    ) throws -> CalibratorMeasurement {
        let excerpt = try Excerpt(of: source, seconds: seconds, onSamples: onSamples)
        return try measure(
            excerpt.samples, correcting: response, sampleRate: excerpt.sampleRate)
    }
}
