internal import Actions
internal import AlertTypes
internal import ArgumentParser
internal import Database
internal import EventStore
internal import HostSystem
internal import MonitorConfig
internal import RuleTrials
internal import Rules
internal import Timekeeping

/// `monitorctl rules fire`: tries the actions of a rule.
struct RulesFireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fire",
        abstract: "Try the actions of a rule, as if it had fired.",
        discussion: """
            With --dry-run, what each action would get is printed: its command or address, its \
            environment and its JSON. With --real, the actions are carried out, now and by this \
            user, each once. Its alert is made up: the field test is true, EARWITNESS_TEST too, \
            the group and the conditions say test, and it is over at once.

            A real test is in the ledgers (monitorctl alerts, monitorctl hooks) as a test, with a \
            negative number. Without a database the actions are carried out all the same.

            Ends with 0 if every action succeeded, with 69 if one did not.

            Examples:
              monitorctl rules fire siren-alert --dry-run
              sudo -u earwitness monitorctl rules fire siren-alert --real
            """)

    @Argument(help: ArgumentHelp("The rule.", valueName: "rule"))
    var name: String

    @Flag(help: "Print what would be run.")
    var dryRun = false

    @Flag(help: "Run the actions.")
    var real = false

    @OptionGroup var file: RuleFileOption
    @OptionGroup var database: DatabaseOption

    func validate() throws {
        guard dryRun != real else { throw ValidationError("use one of --dry-run and --real") }
    }

    func run() throws {
        let tried = try TriedRules(path: file.path)
        let rule = try tried.rule(named: name)
        let source =
            rule.condition.sources.min() ?? tried.configuration.sources.first?.name ?? "test"
        guard !rule.actions.isEmpty else {
            StandardError.write("rule '\(name)' has no actions")
            return
        }
        if dryRun {
            let test = TestFiring(rule, id: -1, source: source, at: .now())
            for action in rule.actions {
                try StandardStream.output.write(try Self.plan(test, action))
            }
            return
        }
        let ledger = TestLedger(path: database.path(configuration: file.path))
        let runs = ledger.enter(rule, source: source)
        carryOut(rule, runs, ledger)
        for (action, run) in zip(rule.actions, ledger.outcomes(of: runs)) {
            try StandardStream.output.write(Self.report(action, run))
        }
        let failed = ledger.outcomes(of: runs).count { !$0.isSuccess }
        if failed > 0 { throw RulesError.actionsFailed(failed) }
    }

    /// In the foreground, each action once.
    private func carryOut(_ rule: Rule, _ runs: [HookRun], _ ledger: TestLedger) {
        waitFor {
            let runner = ActionRunner(ledger: ledger, log: TerminalLog())
            for (action, run) in zip(rule.actions, runs) {
                var action = action
                action.retries = Retries()
                await runner.submit(run, action)
            }
            await runner.drain(grace: .seconds(rule.actions.map(\.timeoutSeconds).reduce(10, +)))
        }
    }
}

// MARK: - Words

extension RulesFireCommand {
    private static func plan(_ test: TestFiring, _ action: Action) throws -> String {
        let firing = test.firing(action)
        let run = HookRun(
            id: -1, firing, action, input: AlertMessage.stored(firing))
        let message = try AlertMessage(run)
        var lines = ["action \(action.name), for \(firing.occasion.rawValue)"]
        switch action.kind {
        case .run(let command):
            switch command.line {
            case .arguments(let words):
                lines.append("  run: " + words.map(\.debugDescription).joined(separator: " "))
            case .shell(let line): lines.append("  shell: \(line)")
            }
            if let directory = command.directory { lines.append("  directory: \(directory)") }
            lines += message.environment.map { "  \($0.name)=\($0.value)" }
        case .webhook(let webhook):
            lines.append("  webhook: \(webhook.url)")
            lines += webhook.headers.keys.sorted().map { "  header: \($0)" }
            if let secret = webhook.secretFile { lines.append("  signed with: \(secret)") }
        case .log(let severity): lines.append("  log: \(severity.rawValue)")
        }
        lines.append("  " + message.json)
        return lines.map { printable($0) + "\n" }.joined()
    }

    private static func report(_ action: Action, _ run: HookRun) -> String {
        let how =
            switch run.outcome {
            case .exited: "ended with \(run.exitStatus ?? -1)"
            case .signalled: "got signal \(run.signal ?? -1)"
            case .timedOut: "was stopped: it ran too long"
            case .failedToStart: "did not start"
            case .dropped, .interrupted, .running, .waiting: "was not carried out"
            }
        let length = run.durationSeconds.map { " after \(durationText($0))" } ?? ""
        let output = run.outputTail.split(whereSeparator: \.isNewline)
        return (["action \(action.name) \(how)\(length)"] + output.map { "  \($0)" })
            .map { printable($0) + "\n" }.joined()
    }
}

extension HookRun {
    fileprivate var isSuccess: Bool { outcome == .exited && exitStatus == 0 }
}

/// The log of the monitor is not this program's: what an action would write goes to the terminal.
private struct TerminalLog: ActionLog {
    func write(_ text: String, _ severity: Action.LogSeverity, of run: HookRun) {
        StandardError.write("\(severity.rawValue): \(text)")
    }
}
