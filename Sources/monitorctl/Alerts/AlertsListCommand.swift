internal import AlertTypes
internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import Timekeeping

/// `monitorctl alerts list`: what the rules told.
struct AlertsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List alerts, or what was held back.",
        discussion: """
            Without --since: the alerts of the 24 hours before --until, or before now; with \
            --limit or --firing, all of the past. The oldest comes first.

            With --follow: the last \(followCount) alerts, or those that --since, --limit and \
            --firing ask for, then each alert when it fires, and once more whenever it is \
            repeated, acknowledged or over, until Ctrl-C.

            Examples:
              monitorctl alerts --firing
              monitorctl alerts --since yesterday --until today
              monitorctl alerts --rule siren-alert --limit 5
              monitorctl alerts --follow --format jsonl
              monitorctl alerts --suppressed --since 1w

            STATE: firing, repeated with how often, acknowledged (monitorctl ack), and when it is \
            over: cleared, retracted (none of its events was one), removed (its rule or source is \
            gone). test: somebody tried the rule, and nothing was heard. WHAT: the labels of its \
            events, or what its conditions found.

            --suppressed lists what was held back instead, counted by rule, reason and hour, by \
            reason: cooldown, schedule, inhibited (by a rule under unless), silenced, rule_limit, \
            global_limit (at_most). The table of alerts ends with their number.

            Fields of json, jsonl and csv: version, id, rule, group, source, status (firing, \
            resolved), test, sound_at, detected_at, fired_at, decided_at, resolved_at, resolution, \
            acknowledged_at, acknowledgement, repeats, conditions, event_count, events; \
            docs/rules.md explains them. With --suppressed: rule, reason, by (the rule or the \
            silence that held it back), hour, first, last, count.
            """)

    /// How far to look back if nothing else is asked for, in seconds.
    private static let usualPeriod = 86_400.0
    /// How many alerts are shown before new ones are followed.
    private static let followCount = 10

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

    @Option(help: ArgumentHelp("Only alerts about this source alone.", valueName: "name"))
    var source: String?

    @Flag(help: "Only alerts that are not over.")
    var firing = false

    @Flag(help: "What was held back, instead of alerts.")
    var suppressed = false

    @Option(help: ArgumentHelp("Only the newest alerts, so many.", valueName: "count"))
    var limit: Int?

    @Flag(name: .shortAndLong, help: "Go on with each alert that fires or changes.")
    var follow = false

    @Option(help: "How to write the list.")
    var format = EventFormat.table

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit) is not 1 or more") }
        if follow, until != nil { throw ValidationError("--follow does not go with --until") }
        if follow, format == .json {
            throw ValidationError("--follow has no end, so no JSON array; use --format jsonl")
        }
        if suppressed, follow || firing || source != nil || limit != nil {
            throw ValidationError(
                "--suppressed goes with none of --follow, --firing, --source and --limit")
        }
        _ = try period(now: .now())
    }

    func run() throws {
        let (path, period) = (database.path(), try period(now: .now()))
        if follow {
            try warn(EventReader(path: path))
            let limit = limit ?? (since == nil && !firing ? Self.followCount : nil)
            let follower = AlertFollower(path: path, rule: rule, source: source, format: format)
            try follower.run { try alerts($0, since: period.since, limit: limit) }
        } else {
            let reader = try EventReader(path: path)
            try warn(reader)
            try suppressed ? listSuppressed(reader, period) : list(reader, period)
        }
    }
}

extension AlertsListCommand {
    private typealias Period = (since: UTCTime?, until: UTCTime?)

    private func period(now: UTCTime) throws -> Period {
        let isOpen = limit != nil || firing || follow
        return try TimeOption.bounds(
            since: since, until: until, now: now, usualSeconds: isOpen ? nil : Self.usualPeriod)
    }

    private func alerts(
        _ reader: EventReader, since: UTCTime?, until: UTCTime? = nil, limit: Int?
    ) throws -> [Alert] {
        try reader.alerts(
            since: since, until: until, rule: rule, source: source, isUnresolvedOnly: firing,
            limit: limit)
    }

    private func list(_ reader: EventReader, _ period: Period) throws {
        let alerts = try alerts(reader, since: period.since, until: period.until, limit: limit)
        let room = StandardStream.output.terminalColumns
        try StandardStream.output.write(format.document(alerts, within: room))
        guard format == .table else { return }
        if alerts.isEmpty { tellNone("alert", reader, period) }
        try tellSuppressed(reader, period)
    }

    /// What was held back is not passed over in silence.
    private func tellSuppressed(_ reader: EventReader, _ period: Period) throws {
        guard !firing, source == nil, limit == nil else { return }
        let held = try reader.suppressions(since: period.since, until: period.until, rule: rule)
        guard let count = SuppressionCount(held).text else { return }
        try StandardStream.output.write("\nheld back: \(count); --suppressed lists them\n")
    }

    private func listSuppressed(_ reader: EventReader, _ period: Period) throws {
        let held = try reader.suppressions(since: period.since, until: period.until, rule: rule)
        let room = StandardStream.output.terminalColumns
        try StandardStream.output.write(format.document(held, within: room))
        if held.isEmpty, format == .table { tellNone("suppression", reader, period) }
    }

    private func tellNone(_ kind: String, _ reader: EventReader, _ period: Period) {
        let since = period.since.map { " since \($0.localDescription)" } ?? ""
        StandardError.write("no such \(kind)\(since) in \(reader.path)")
    }

    private func warn(_ reader: EventReader) throws {
        try KnownNames.warn("rule", rule, known: reader.rulesOnRecord())
        try KnownNames.warn("source", source, known: reader.knownSources())
    }
}
