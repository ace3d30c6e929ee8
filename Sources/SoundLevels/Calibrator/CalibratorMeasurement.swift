/// What was measured with a calibrator.
public struct CalibratorMeasurement: Sendable, Hashable {
    /// The length of what was measured.
    public var seconds: Double
    /// The frequency of the tone, in Hz.
    public var frequencyHertz: Double
    /// The level of the RMS of the tone, in dB re an RMS of 1.0.
    public var toneLevel: Double
    /// What is left after removing the tone and a constant, re the tone, in dB.
    public var residual: Double
    /// The difference between the highest and the lowest level of 100 ms of the tone, in dB.
    public var spread: Double
    /// The level of an RMS of 1.0, in dB re 20 µPa.
    public var fullScaleDecibels: Double

    public init(
        seconds: Double, frequencyHertz: Double, toneLevel: Double, residual: Double,
        spread: Double, fullScaleDecibels: Double
    ) {
        self.seconds = seconds
        self.frequencyHertz = frequencyHertz
        self.toneLevel = toneLevel
        self.residual = residual
        self.spread = spread
        self.fullScaleDecibels = fullScaleDecibels
    }
}
