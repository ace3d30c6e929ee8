public import Timekeeping

/// Why audio is missing.
public enum GapCause: UInt8, Sendable, CaseIterable {
    /// The ring was full: the analysis did not keep up.
    case overflow = 1
    /// The device overran its buffer: the capture thread was late (ALSA XRUN), or a sound server
    /// dropped sound.
    case overrun = 2
    /// The system or the device was suspended.
    case suspended = 3
    /// The device went away and came back.
    case disconnected = 4
    /// The device delivered nothing, although it reported no error.
    case stalled = 5
    /// A part of a recording cannot be decoded.
    case damaged = 6
    /// Not all that was heard could be stored, because too much was waiting for the database.
    case unstored = 7

    /// The name used in the database and in messages.
    public var name: String {
        switch self {
        case .overflow: "overflow"
        case .overrun: "overrun"
        case .suspended: "suspended"
        case .disconnected: "disconnected"
        case .stalled: "stalled"
        case .damaged: "damaged"
        case .unstored: "unstored"
        }
    }
}

/// A stretch of time in which a source could not hear, or of which not all was stored: unknown,
/// never silence.
public struct AudioGap: Sendable, Hashable {
    public var source: String
    public var start: UTCTime
    public var end: UTCTime
    /// The number of missing samples, as far as the device could tell; of `.unstored`, the number
    /// of samples whose levels are missing.
    public var lostSamples: Int64
    public var cause: GapCause

    public init(
        source: String, start: UTCTime, end: UTCTime, lostSamples: Int64, cause: GapCause
    ) {
        self.source = source
        self.start = start
        self.end = end
        self.lostSamples = lostSamples
        self.cause = cause
    }
}
