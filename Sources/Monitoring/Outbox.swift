internal import Glibc
internal import Listening

/// The bounded queue from the analysis threads to the tasks that store and act.
///
/// When it is full, the analysis thread waits: the ring in front of it goes on taking in sound, for
/// as long as it has room. Nothing is dropped here.
struct Outbox: Sendable {
    /// Hours of events, or over an hour of levels.
    static let capacity = 8_192
    private static let retryMicroseconds: UInt32 = 5_000

    private let continuation: AsyncStream<AnalysisMessage>.Continuation

    /// A queue and its receiving end.
    static func make(capacity: Int = capacity) -> (Outbox, AsyncStream<AnalysisMessage>) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: AnalysisMessage.self, bufferingPolicy: .bufferingOldest(capacity))
        return (Outbox(continuation: continuation), stream)
    }

    /// Blocks while the queue is full: for threads, never for tasks.
    func put(_ message: AnalysisMessage) {
        while case .dropped = continuation.yield(message) {
            usleep(Self.retryMicroseconds)
        }
    }

    func finish() {
        continuation.finish()
    }
}
