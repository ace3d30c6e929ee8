public import SoundTypes
public import Timekeeping

/// Where samples of one channel come from: a microphone, a recording, a stream of PCM.
///
/// Contract
/// - One thread at a time uses a source. Others may use only `health` in the meantime.
/// - Whatever reading needs is allocated when the source is made. `read` of a live source neither
///   allocates, locks, logs, awaits nor throws, with the one exception its type documents.
/// - `read` returns within about 0.1 s, so that its caller can check whether it should stop.
public protocol CaptureSource: AnyObject {
    /// The rate of the samples; it never changes.
    var sampleRate: SampleRate { get }

    /// True if the sound goes on whether it is read or not: what there is no room for is lost.
    /// Other sources wait.
    var isLive: Bool { get }

    /// How the source is doing.
    var health: CaptureHealth { get }

    /// Reads what comes next into the front of `buffer`, which must hold at least one sample.
    func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead

    /// The fault of `CaptureRead.failed` in words. It allocates: call it when reading is over.
    func describe(_ fault: CaptureFault) -> CaptureError

    /// Gives the device or the file back. Nothing may be read afterwards.
    func close()
}

/// What one read returned. Trivial: it costs no allocation and no reference counting.
public enum CaptureRead: Sendable, Hashable {
    /// `count` samples (1 or more) are in the buffer. The first was captured at this
    /// CLOCK_MONOTONIC time, in nanoseconds, if the source knows it.
    case samples(count: Int, timeNanoseconds: Int64?)
    /// These samples are missing before the next ones. Gaps without samples between them belong
    /// together.
    case gap(lostSamples: Int64, cause: GapCause)
    /// Nothing came within the time-out; more may come.
    case idle
    /// Everything has been read.
    case endOfStream
    /// Nothing more can be read.
    case failed(CaptureFault)
}

/// Why a read failed, in a form that costs no allocation.
public struct CaptureFault: Sendable, Hashable, BitwiseCopyable {
    public let kind: CaptureError.Kind
    /// The error number of the library or of the system; 0 if there is none.
    public let code: Int32

    public init(kind: CaptureError.Kind, code: Int32 = 0) {
        self.kind = kind
        self.code = code
    }
}
