internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listening
internal import ModelFormat
internal import MonitorConfig
internal import RuleTrials
internal import Rules
internal import SoundTypes
internal import Timekeeping

/// `monitorctl rules explain`: why a rule did not fire.
struct RulesExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a rule fired, or did not fire, at a time.",
        discussion: """
            The past is replayed, with all rules, from a day before the time, or from as long \
            before as a cooldown or a count can reach. If the rule did not fire, the first thing \
            that was not met is named, as things stood at the moment within 30 s of the time at \
            which most was met: a label, a minimum, how long it lasted, or what held it back \
            (cooldown, silence, unless, schedule, a limit). If no event of its labels was heard, \
            the highest score that the network gave them is printed.

            Events are seen as they were settled, and the rules are those of the configuration as \
            it is now.

            Examples:
              monitorctl rules explain siren-alert --at "2026-11-22 18:00"
              monitorctl rules explain siren-alert --at 10m --config new.yaml
            """)

    @Argument(help: ArgumentHelp("The rule.", valueName: "rule"))
    var name: String

    @Option(parsing: .unconditional, help: ArgumentHelp("When.", valueName: "time"))
    var at: String

    @OptionGroup var file: RuleFileOption
    @OptionGroup var database: DatabaseOption

    func validate() throws {
        let now = UTCTime.now()
        let time = try TimeOption.parse("--at", at, now: now)
        if time > now {
            throw ValidationError("--at (\(time.localDescription)) is later than now")
        }
    }

    func run() throws {
        let time = try TimeOption.parse("--at", at, now: .now())
        let tried = try TriedRules(path: file.path)
        let rule = try tried.rule(named: name)
        let reader = try EventReader(path: database.path(configuration: file.path))
        let explanation = try StandardError.showingShare(of: "replaying the past") { show in
            try RuleExplanation(
                rule, at: time, among: tried.ruleSet,
                sources: tried.configuration.sources.map(\.name), reading: reader,
                onProgress: show)
        }
        if explanation.isPastEmpty {
            throw RulesError.nothingHeard(at: time.localDescription, in: reader.path)
        }
        try StandardStream.output.write(explanation.text(thresholds: tried.thresholds))
    }
}

extension TriedRules {
    /// The scores that make an event, by label of the model.
    fileprivate var thresholds: [String: Double] {
        let parameters = model.labelParameters(configuration.tracking)
        return zip(model.labels, parameters).reduce(into: [:]) { result, label in
            result[label.0] = Double(label.1.announceThreshold ?? label.1.onThreshold)
        }
    }
}
