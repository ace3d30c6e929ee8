public import Capture
internal import SampleRing
public import Timekeeping

/// A source that is being captured: a thread of its own fills a ring, which keeps up to
/// `ringSeconds` of audio until a `SourceListener` takes it out. What finds no room after that is a
/// gap; a recording or a stream waits.
public final class SourceCapture: Sendable {
    /// Audio that the ring holds for an analysis that is held up or has yet to begin.
    static let ringSeconds = 30.0

    public let name: String
    public let sampleRate: SampleRate
    /// How the source is doing.
    public let health: CaptureHealth
    let isLive: Bool
    let ring: SampleRing
    private let thread: CaptureThread

    /// Starts capturing.
    ///
    /// - Throws: `CaptureError` if no thread can be started
    public init(name: String, source: sending any CaptureSource) throws(CaptureError) {
        self.name = name
        sampleRate = source.sampleRate
        health = source.health
        isLive = source.isLive
        ring = SampleRing(capacity: sampleRate.samples(Self.ringSeconds))
        thread = try CaptureThread(name: "capture", source: source, ring: ring)
    }

    /// Whether a live source was refused its priority; settled once its first samples have come.
    var lacksPriority: Bool { isLive && !thread.isRealtime }

    /// Reads of the source that brought nothing, so far.
    var idleReads: Int { thread.control.idleReads }
    /// Audio that waits in the ring, and that finds room there, in seconds.
    var waitingSeconds: Double { sampleRate.seconds(Int64(ring.waitingSamples)) }
    var roomSeconds: Double { sampleRate.seconds(Int64(ring.capacity)) }

    /// Asks the capture to end. What is in the ring can still be analysed.
    public func stop() {
        thread.requestStop()
    }

    /// Why the capture ended, if not normally. Blocks until it has: ask after the ring is finished.
    func failure() -> CaptureError? {
        if case .failed(let error) = thread.join() { error } else { nil }
    }
}
