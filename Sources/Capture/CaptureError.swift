internal import Glibc
internal import HostSystem

/// Why sound cannot be captured: the kind of fault, the underlying code, and what was being done.
public struct CaptureError: Error, Hashable, CustomStringConvertible {
    public enum Kind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        /// The device cannot be opened. Remedy: check the name with `monitorctl devices`, that it
        /// is plugged in, that the user is in the group `audio` and that no other program has it
        /// open.
        case deviceUnavailable
        /// The device refuses a setting that capture cannot do without. Remedy: use `plughw:`
        /// instead of `hw:`.
        case deviceUnsuitable
        /// No common sample format. Remedy: `plughw:` converts.
        case unsupportedFormat
        /// The rate is not offered or not accepted. Remedy: choose one from the message.
        case unsupportedRate
        /// The device came back with another rate than it had. Remedy: open it again.
        case rateChanged
        /// There is no such channel. Remedy: choose one from the message.
        case unsupportedChannel
        /// The file or the stream cannot be opened or read. Remedy: check path and permissions.
        case unreadable
        /// The file cannot be written. Remedy: check path, permissions and free space.
        case unwritable
        /// The file holds no audio in a known format. Remedy: convert it to WAV, FLAC or Ogg.
        case notAudio
        /// The sound ends before it should. Everything readable was delivered. Remedy: get the
        /// whole file.
        case truncated
        /// Parts of the file cannot be decoded, or its header promises less sound than there is.
        /// Everything readable was delivered. Remedy: get the file again.
        case damaged
        /// Samples were lost where all are needed. Remedy: try again with less load on the machine.
        case interrupted
        /// The capture thread could not be started. Remedy: raise the limit on processes.
        case threadUnavailable
    }

    public let kind: Kind
    /// The error number of the library or of the system; 0 if there is none. libasound's are
    /// negative.
    public let code: Int32
    /// The source, as the configuration names it.
    public let subject: String
    /// What was being done, what was found and what is accepted; one line.
    public let message: String

    public init(_ kind: Kind, code: Int32 = 0, subject: String, message: String) {
        self.kind = kind
        self.code = code
        self.subject = subject
        self.message = message
    }

    /// Whether another program has the device.
    public var isBusy: Bool { code == -EBUSY }
    /// Whether the device is there, and may not be opened.
    public var isRefused: Bool { [-EACCES, -EPERM].contains(code) }

    public var description: String { subject + ": " + message }
}

/// A length with three decimals: `12.040 s`.
func lengthText(_ seconds: Double) -> String {
    (fixedPoint(seconds, places: 3) ?? "\(seconds)") + " s"
}
