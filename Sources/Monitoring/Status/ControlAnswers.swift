internal import Control
internal import Glibc
internal import Logging
internal import MonitorConfig
internal import Timekeeping

/// Answers whoever asks the running monitor.
struct ControlAnswers: Sendable {
    let configuration: Configuration
    let sources: MonitoredSources
    let store: OpenedStore
    let rules: RunningRules
    /// What waits for the store, and for the rules.
    let recorded: MessageSubscription
    let judged: MessageSubscription
    let logger: Logger
    private let opened = ContinuousClock.now

    init(
        configuration: Configuration, sources: MonitoredSources, store: OpenedStore,
        rules: RunningRules, recorded: MessageSubscription, judged: MessageSubscription,
        logger: Logger
    ) {
        self.configuration = configuration
        (self.sources, self.store, self.rules) = (sources, store, rules)
        (self.recorded, self.judged) = (recorded, judged)
        self.logger = logger
    }

    /// Listens at the socket of the database; without one the monitor listens to sounds all the
    /// same.
    func serve() -> ControlServer? {
        do throws(ControlError) {
            return try ControlServer(
                path: Configuration.controlSocket(of: configuration.database)
            ) { answer($0) }
        } catch {
            logger.warning("the monitor \(error)")
            return nil
        }
    }

    private func answer(_ request: String) -> String {
        guard request == MonitorStatus.request else {
            return "error: unknown request; known is: \(MonitorStatus.request)"
        }
        return status.json
    }

    private var status: MonitorStatus {
        let now = UTCTime.now()
        let usage = ProcessUsage()
        var (ruleStatus, hooks) = rules.status(now: now)
        ruleStatus.waitingMessages = judged.waitingCount
        return MonitorStatus(
            at: now, pid: getpid(),
            uptime: rounded((ContinuousClock.now - opened) / .seconds(1), places: 1),
            cpuTime: rounded(usage.cpuSeconds, places: 2),
            residentMegabytes: rounded(usage.residentMegabytes, places: 1),
            model: configuration.model ?? "built in", database: configuration.database,
            store: .init(
                waiting: store.writer.pendingCount, waitingMessages: recorded.waitingCount,
                isHeldUp: store.writer.isHeldUp),
            sources: sources.status(now: now), rules: ruleStatus, hooks: hooks)
    }
}
