internal import AlertTypes
internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import MonitorConfig
internal import RuleTrials
internal import Rules
internal import Timekeeping

/// `monitorctl rules replay`: what rules would have told in the past.
struct RulesReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run rules over the stored past, and print what they would have told.",
        discussion: """
            Events, levels, gaps, silences and calibrations of the database are told to the rules \
            in the order of time. Nothing is run and nothing is stored. Under the alerts is a line \
            for each rule: how many alerts, and what was held back, and why.

            Events are seen as they were settled in the end, so an alert may come up to a second \
            earlier or later than it did. What the disk had to say, and what was acknowledged, is \
            not known of the past.

            With --diff only what differs is printed: + what only FILE tells, - what only the \
            other rules tell.

            With --threshold, events of the label are made from the stored scores of the network: \
            seconds whose highest score reaches the threshold, joined over gaps of up to two \
            seconds. Their numbers are negative, and they have no levels.

            Examples:
              monitorctl rules replay monitord.yaml --since 30d
              monitorctl rules replay new.yaml --since 1w --diff
              monitorctl rules replay new.yaml --diff --against old.yaml --rule siren-alert
              monitorctl rules replay new.yaml --threshold siren=0.4 --threshold alarm=0.3
              monitorctl rules replay new.yaml --resolved --format json | jq .rules

            Fields of json: since, until, alerts (change: added, removed or null; occasion, at, \
            and those of monitorctl alerts), held_back (rule, reason, by, first, last, count) and \
            rules (rule, alerts, before, held_back). csv has the alerts alone.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, csv
    }

    /// How far to look back if nothing else is asked for, in seconds.
    private static let usualPeriod = 30 * 86_400.0

    @Argument(help: ArgumentHelp("The configuration.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From when on (default: 30d).", valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Until when (default: now).", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Print only what this rule tells.", valueName: "name"))
    var rule: String?

    @Flag(help: "Print only what differs from the rules of the service, or of --against.")
    var diff = false

    @Option(
        help: ArgumentHelp("The configuration to compare with.", valueName: "file"),
        completion: .file())
    var against: String?

    @Option(
        help: ArgumentHelp(
            "Make events of a label from scores: siren=0.4. May be repeated.",
            valueName: "label=score"))
    var threshold: [String] = []

    @Flag(help: "Print when alerts are over, too.")
    var resolved = false

    @Flag(help: "Print when alerts would have been repeated, too.")
    var repeated = false

    @Option(help: "How to write the result.")
    var format = Format.table

    @OptionGroup var database: DatabaseOption

    func validate() throws {
        if against != nil, !diff { throw ValidationError("--against needs --diff") }
        _ = try (period(now: .now()), thresholds())
    }

    func run() throws {
        let new = try TriedRules(path: file)
        if let rule { _ = try new.rule(named: rule) }
        let old = try diff ? TriedRules(path: against ?? Configuration.standardPath) : nil
        let period = try period(now: .now())
        let thresholds = try thresholds()
        for label in thresholds.keys.sorted() where !new.labels.contains(label) {
            throw ValidationError("--threshold: the model has no label '\(label)'")
        }
        let sets = [new.ruleSet] + [old?.ruleSet].compactMap(\.self)
        let reader = try EventReader(path: database.path())
        let past = try StoredPast(
            reader, since: period.since, until: period.until, for: sets, thresholds: thresholds)
        if past.isEmpty {
            StandardError.write(
                "nothing was listened to since \(period.since.localDescription) in \(reader.path)")
        }
        try RemovedSeconds.warn(past.sourcesOfLevels, since: period.since, reader)
        let trials = try replay(sets, past)
        for (label, seconds) in past.scoredSeconds.sorted(by: { $0.key < $1.key })
        where seconds == 0 {
            StandardError.write("warning: there are no stored scores of '\(label)' in this period")
        }
        let report = ReplayReport(
            trials[0], since: period.since, until: period.until,
            comparedWith: trials.dropFirst().first, rule: rule, occasions: occasions)
        try StandardStream.output.write(
            format == .table ? report.text : format == .json ? report.json : report.csv)
    }

    private var occasions: Set<Occasion> {
        var occasions: Set<Occasion> = [.fired]
        if resolved { occasions.insert(.resolved) }
        if repeated { occasions.insert(.repeated) }
        return occasions
    }

    private func replay(_ sets: [RuleSet], _ past: StoredPast) throws -> [RuleTrial] {
        try StandardError.showingShare(of: "replaying the past") { show in
            try RuleTrial.replay(sets, over: past, onProgress: show)
        }
    }

    private func period(now: UTCTime) throws -> CalendarPeriod {
        try TimeOption.period(
            since: since, until: until, now: now, usualSeconds: Self.usualPeriod)
    }

    private func thresholds() throws -> [String: Double] {
        var result: [String: Double] = [:]
        for text in threshold {
            guard let mark = text.lastIndex(of: "="), mark > text.startIndex,
                let score = Double(text[text.index(after: mark)...]), score > 0, score <= 1
            else {
                throw ValidationError(
                    "--threshold '\(text)': accepted is a label and a score above 0 and up to 1, "
                        + "such as siren=0.4")
            }
            result[String(text[..<mark])] = score
        }
        return result
    }
}
