internal import Actions
internal import AlertTypes
internal import Control
internal import Dispatch
internal import EventStore
internal import LevelTypes
internal import Logging
internal import ModelFormat
internal import MonitorConfig
internal import Rules
internal import SourceTypes
internal import Timekeeping

/// The rules at work: they are shown what is heard, what they decide is carried out, and they can
/// be loaded again.
struct RunningRules: Sendable {
    /// What the monitor was started with.
    private let configuration: Configuration
    /// The labels of the model and of the taught sounds, and those of the model by group.
    private let labels: [String]
    private let groups: [String: Set<String>]
    private let store: OpenedStore
    private let runner: RuleRunner
    private let actions: ActionRunner
    private let logger: Logger

    /// - Parameters:
    ///   - taught: labels of sounds that the owner has taught
    ///   - recorded: the messages that the store gets, which come before the rules
    init(
        _ configuration: Configuration, _ model: Model, _ taught: [String], _ store: OpenedStore,
        recorded: MessageSubscription, logger: Logger
    ) {
        (self.configuration, self.store, self.logger) = (configuration, store, logger)
        labels = model.labels + taught
        groups = model.labelsOfGroup
        actions = ActionRunner(
            limits: HookLimits(
                concurrency: configuration.hooks.concurrency, queue: configuration.hooks.queue),
            ledger: StoredHookLedger(
                store: store.store, writer: store.writer, recorded: recorded, logger: logger),
            log: RuleLog(logger: logger))
        runner = RuleRunner(
            rules: configuration.ruleSet.resolvingGroups(groups),
            sources: Set(configuration.sources.map(\.name)), remembered: store.remembered,
            store: store.store, writer: store.writer, logger: logger)
        for (source, calibration) in store.calibrations {
            guard let drift = calibration.drift else { continue }
            runner.take(.calibration(source: source, drift: drift))
        }
    }

    /// Shows them messages until no more come.
    func run(_ subscription: MessageSubscription) async {
        await runner.run(subscription)
    }

    /// Carries out what they decide, until `end`.
    func carryOut() async {
        await runner.carryOut(with: actions)
    }

    /// Tells them the time, and what the owner says, until the task is cancelled.
    func watch() async {
        // The clock of a recording is not that of the wall.
        await ControlWatch(
            rules: runner, store: store.store, writer: store.writer, logger: logger,
            isLive: configuration.isLive
        ).run()
    }

    /// How they are doing.
    func status(now: UTCTime) -> (rules: MonitorStatus.Rules, hooks: MonitorStatus.Hooks) {
        let (count, alerts) = runner.overview
        return (
            MonitorStatus.Rules(
                count: count,
                alerts: alerts.map {
                    .init(
                        id: $0.id, rule: $0.rule,
                        age: rounded(now.seconds(since: $0.decidedAt), places: 1))
                }),
            MonitorStatus.Hooks(running: actions.load.running, waiting: actions.load.waiting)
        )
    }

    /// Nothing more is shown to them. What they have decided has its grace.
    ///
    /// - Parameter acting: the task of `carryOut`
    func end(_ acting: Task<Void, Never>) async {
        runner.finish()
        await acting.value
        await actions.drain(grace: configuration.hooks.grace)
    }
}

// MARK: Loading again

extension RunningRules {
    /// Puts the rules of another configuration in force, if nothing is wrong with it. The log and
    /// the database say what came of it.
    func reload(_ load: () throws(ConfigurationError) -> Configuration) async {
        let outcome: ConfigurationReload
        do throws(ConfigurationError) {
            let new = try load()
            try new.validate(labels: labels, groups: Array(groups.keys))
            await replace(with: new)
            outcome = ConfigurationReload(time: .now(), isAccepted: true, message: message(new))
        } catch {
            outcome = ConfigurationReload(
                time: .now(), isAccepted: false, message: "the rules stay as they are: \(error)")
        }
        logger.log(level: outcome.isAccepted ? .notice : .error, "\(outcome.message)")
        store.writer.addAtOnce(.reload(outcome))
    }

    private func replace(with new: Configuration) async {
        let history = await DispatchQueue(label: "rule history").answer { [store, logger] in
            RememberedRules.history(of: new, in: store.store.path, logger)
        }
        let rules = new.ruleSet.resolvingGroups(groups)
        await actions.use(rules)
        runner.replaceRules(rules, history: history ?? [])
    }

    /// What the owner should know.
    private func message(_ new: Configuration) -> String {
        var text = "\(new.rules.count) rules are in force"
        let sections = new.sectionsThatDiffer(from: configuration)
        if !sections.isEmpty {
            text += "; a restart is needed for \(sections.joined(separator: ", "))"
        }
        do throws(ConfigurationError) {
            try new.validateCommands()
        } catch {
            text += "; \(error)"
        }
        return text
    }
}
