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
    /// The machine did not keep up: levels were measured, but no sounds were looked for.
    case unrecognised = 8
    /// The machine did not keep up: levels were measured, but not those of bands.
    case withoutBands = 9

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
        case .unrecognised: "unrecognised"
        case .withoutBands: "without_bands"
        }
    }

    /// Whether the source was heard and its level measured, and only a part of the analysis is
    /// missing.
    public var isPartial: Bool { self == .unrecognised || self == .withoutBands }
}

/// A stretch of time in which a source could not hear, or of which not all was analysed or stored:
/// unknown, never silence.
public struct AudioGap: Sendable, Hashable {
    public var source: String
    public var start: UTCTime
    public var end: UTCTime
    /// The number of missing samples, as far as the device could tell; of `.unstored`, the number
    /// of samples whose levels are missing; of partial causes, that of samples not fully analysed.
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
