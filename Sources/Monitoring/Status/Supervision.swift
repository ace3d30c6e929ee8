internal import Control
internal import Timekeeping

/// Tells whoever supervises the monitor that it goes on, and in words what it does.
///
/// This runs on the cooperative pool, as the subscribers do: if nothing gets a turn there, nothing
/// is told either.
struct Supervision: Sendable {
    private static let statusInterval = Duration.seconds(10)
    /// A source that is lost, or back, is told soon.
    private static let watchInterval = Duration.seconds(1)

    /// How often to look whether the monitor goes on; `nil`: nobody wants to know.
    let progressInterval: Duration?
    let onProgress: @Sendable () -> Void
    let onStatus: @Sendable (_ line: String) -> Void
    let progress: @Sendable () -> MonitorProgress
    /// The shutdown has begun. It may take as long as hooks have grace, and has a limit of its own
    /// (`TimeoutStopSec`).
    let isStopping: @Sendable () -> Bool
    let sources: MonitoredSources

    /// Until the task is cancelled.
    func run() async {
        async let watching: Void = watch()
        async let telling: Void = tell()
        _ = await (watching, telling)
    }

    private func watch() async {
        guard let progressInterval else { return }
        var watch = ProgressWatch()
        while await pause(progressInterval) {
            if watch.goesOn(to: progress()) || isStopping() { onProgress() }
        }
    }

    /// The line when it changes: the levels in it every few seconds, the rest within a second.
    private func tell() async {
        var states: [MonitorStatus.Source.State] = []
        var line = ""
        var due = ContinuousClock.now
        while await pause(Self.watchInterval) {
            guard !isStopping() else { continue }
            let status = sources.status(now: .now())
            let newStates = status.map(\.state)
            guard ContinuousClock.now >= due || newStates != states else { continue }
            (states, due) = (newStates, .now + Self.statusInterval)
            let newLine = StatusLine(status).description
            if newLine != line { onStatus(newLine) }
            line = newLine
        }
    }
}
