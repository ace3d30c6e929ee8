internal import Foundation

/// The thread that runs an `AnalysisLoop`: its own, because the cooperative pool is not for work
/// that goes on for weeks.
struct AnalysisThread: Sendable {
    /// A live source is looked at twice a hop, so that a score is late by at most that.
    private static let liveIdleMicroseconds: UInt32 = 5_000
    /// A recording read at full speed refills the ring within that.
    private static let replayIdleMicroseconds: UInt32 = 500

    /// Starts the loop at once; it ends with its ring.
    static func start(_ loop: AnalysisLoop, name: String, isLive: Bool) {
        let thread = Thread {
            loop.run(idleMicroseconds: isLive ? liveIdleMicroseconds : replayIdleMicroseconds)
        }
        thread.name = name
        thread.start()
    }
}
