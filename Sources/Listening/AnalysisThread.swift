internal import Foundation

/// The thread that runs an `AnalysisLoop`: a dedicated one, because the cooperative pool is not for
/// work that goes on for weeks.
struct AnalysisThread: Sendable {
    /// A live source is polled twice per hop, so that a score is late by at most this.
    private static let liveIdle = Duration.milliseconds(5)
    /// A recording read at full speed refills the ring within this time.
    private static let replayIdle = Duration.microseconds(500)

    /// Starts the loop at once; it ends with its ring.
    static func start(_ loop: AnalysisLoop, name: String, isLive: Bool) {
        let thread = Thread {
            // By the thread itself: a name that it is given before it runs, the kernel never gets.
            Thread.current.name = name
            loop.run(idle: isLive ? liveIdle : replayIdle)
        }
        thread.start()
    }
}
