internal import Control
internal import Glibc
internal import MonitorConfig
internal import SourceTypes
internal import Timekeeping

extension Monitor {
    /// How the monitor is doing.
    ///
    /// - Parameter since: when its store was opened
    func status(
        _ store: OpenedStore, _ rules: RunningRules, since opened: ContinuousClock.Instant
    ) -> MonitorStatus {
        let now = UTCTime.now()
        let usage = ProcessUsage()
        let (ruleStatus, hooks) = rules.status(now: now)
        return MonitorStatus(
            at: now, pid: getpid(),
            uptime: rounded((ContinuousClock.now - opened) / .seconds(1), places: 1),
            cpuTime: rounded(usage.cpuSeconds, places: 2),
            residentMegabytes: rounded(usage.residentMegabytes, places: 1),
            model: configuration.model ?? "built in", database: configuration.database,
            store: .init(waiting: store.writer.pendingCount, isHeldUp: store.writer.isHeldUp),
            sources: sourceStatus(now: now), rules: ruleStatus, hooks: hooks)
    }

    private func sourceStatus(now: UTCTime) -> [MonitorStatus.Source] {
        let (health, missing) = captureStates
        return configuration.sources.map { source in
            live.source(
                source.name, input: source.input.description, health[source.name],
                isMissing: missing.contains(source.name), now: now)
        }
    }
}
