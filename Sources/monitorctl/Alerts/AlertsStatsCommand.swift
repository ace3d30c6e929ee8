internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import Timekeeping

/// `monitorctl alerts stats`: how soon the rules told, and how often.
struct AlertsStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Say how soon the rules told, and how often.",
        discussion: """
            The number of alerts; what was held back, by reason; and how long it took from the \
            sound to the start of the first command, with its parts, as percentiles by nearest \
            rank. Tests are left out. Without --since: all that is stored.

            Sound to hook is of alerts about events whose rule did not wait: it fired within 1 s \
            of the detection, and a command was started. Detected to fired is what rules ask to \
            wait (for), and what held them back (cooldown and so on). Fired to decided is how far \
            the analysis was behind the sound.

            Examples:
              monitorctl alerts stats
              monitorctl alerts stats --since 1w --rule siren-alert
              monitorctl alerts stats --format json | jq .sound_to_hook_s.p99

            JSON: one object with alerts, suppressed, suppressed_by_reason (an object), and \
            sound_to_hook_s, sound_to_detected_s, detected_to_fired_s, fired_to_decided_s, \
            decided_to_hook_s, each null or an object with count, p50, p95, p99, max in seconds.
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only alerts that fired at this time or later.", valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only alerts that fired before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Only alerts of this rule.", valueName: "name"))
    var rule: String?

    @Option(help: "How to write it.")
    var format = AlertsShowCommand.Format.text

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        _ = try period(now: .now())
    }

    func run() throws {
        let period = try period(now: .now())
        let reader = try EventReader(path: database.path())
        try KnownNames.warn("rule", rule, known: reader.rulesOnRecord())
        let alerts = try reader.alertLatencies(
            since: period.since, until: period.until, rule: rule)
        let statistics = AlertStatistics(
            alerts.map { ($0.alert, $0.hookStartedAt) },
            suppressions: try reader.suppressions(
                since: period.since, until: period.until, rule: rule))
        try StandardStream.output.write(format == .json ? statistics.json : statistics.text)
    }

    private func period(now: UTCTime) throws -> (since: UTCTime?, until: UTCTime?) {
        try TimeOption.bounds(since: since, until: until, now: now, usualSeconds: nil)
    }
}
