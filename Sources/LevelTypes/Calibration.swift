public import Timekeeping

/// One calibration of a source with an acoustic calibrator.
public struct Calibration: Sendable, Hashable {
    /// The drift beyond which levels are in doubt, in dB (ISO 1996-2:2017, 5.2).
    public static let acceptedDrift = 0.5

    /// Assigned by the store; 0 until then.
    public var id: Int64
    public var source: String
    /// What the source listened to, as in the configuration: the calibration is valid for it alone.
    public var input: String
    public var time: UTCTime
    /// The operator's remark.
    public var note: String
    /// The level and frequency of the calibrator, in dB re 20 µPa and Hz.
    public var calibratorLevel: Double
    public var calibratorFrequency: Double
    /// The frequency that was measured, in Hz.
    public var measuredFrequency: Double
    /// The spread of the level while it was measured, in dB.
    public var spread: Double
    /// The level of an RMS of 1.0 before, in dB; `nil` for the first calibration.
    public var before: Double?
    /// The level of an RMS of 1.0 from now on, in dB.
    public var after: Double

    /// How much the level of the same sound had changed, in dB: by how much a meter still using
    /// `before` read too high. `nil` for the first calibration.
    public var drift: Double? { before.map { $0 - after } }

    public init(
        id: Int64 = 0, source: String, input: String, time: UTCTime, note: String,
        calibratorLevel: Double, calibratorFrequency: Double, measuredFrequency: Double,
        spread: Double, before: Double?, after: Double
    ) {
        self.id = id
        self.source = source
        self.input = input
        self.time = time
        self.note = note
        self.calibratorLevel = calibratorLevel
        self.calibratorFrequency = calibratorFrequency
        self.measuredFrequency = measuredFrequency
        self.spread = spread
        self.before = before
        self.after = after
    }
}
