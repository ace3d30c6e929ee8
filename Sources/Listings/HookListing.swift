public import AlertTypes
internal import Formats
internal import HostSystem
internal import Timekeeping

/// Runs of hooks, in the formats of events.
extension EventFormat {
    /// The whole document: what comes before the runs, the runs, and what comes after.
    ///
    /// - Parameter room: how many characters a line of the table may have; `nil`: any number
    public func document(_ runs: [HookRun], within room: Int? = nil) -> String {
        let rows = runs.map(HookTable.cells)
        let table = OpenEndedTable(HookTable.columns, fitting: rows, within: room)
        return document(
            HookFields.names, runs.map(HookFields.values), table: table.header + table.lines(rows))
    }
}

/// The fields of a run as programs read them, in order. The names are a promise: scripts depend on
/// them.
enum HookFields {
    static let names = [
        "id", "rule", "event_id", "fired_at", "started_at", "outcome", "exit_status", "signal",
        "duration_s", "output", "alert_id", "action", "occasion", "attempt", "test",
    ]

    /// One value per name.
    static func values(_ run: HookRun) -> [JSONValue] {
        [
            .integer(run.id),
            .string(run.rule),
            .integer(run.eventID),
            .string(run.firedAt.rfc3339),
            .string(run.startedAt.rfc3339),
            .string(run.outcome.rawValue),
            run.exitStatus.map { .integer(Int64($0)) } ?? .null,
            run.signal.map { .integer(Int64($0)) } ?? .null,
            run.durationSeconds.map { .decimal($0, places: 3) } ?? .null,
            .string(run.outputTail),
            run.alertID == 0 ? .null : .integer(run.alertID),
            .string(run.action),
            .string(run.occasion.rawValue),
            .integer(Int64(run.attempt)),
            .boolean(run.isTest),
        ]
    }

    static func members(_ run: HookRun) -> [(key: String, value: JSONValue)] {
        zip(names, values(run)).map { (key: $0, value: $1) }
    }
}

/// What is said of a run in a few words.
enum HookText {
    static func outcome(_ run: HookRun) -> String {
        switch run.outcome {
        case .exited: run.exitStatus.map { "exited \($0)" } ?? "exited"
        case .signalled: run.signal.map { "signal \($0)" } ?? "signal"
        case .timedOut: "timed out"
        case .failedToStart: "not started"
        case .dropped, .interrupted, .running, .waiting: run.outcome.rawValue
        }
    }

    static func occasion(_ run: HookRun) -> String {
        run.isTest ? "test" : run.occasion.rawValue
    }

    /// Runs of before actions had names have none.
    static func action(_ run: HookRun) -> String {
        run.action.isEmpty ? "-" : printable(run.action)
    }
}

/// Runs for people: when, which rule, how it ended, and the end of the output.
private enum HookTable {
    static let columns = [
        TextTable.Column(title: "STARTED"),
        TextTable.Column(title: "RULE"),
        TextTable.Column(title: "ALERT", alignment: .right),
        TextTable.Column(title: "EVENT", alignment: .right, rank: 3),
        TextTable.Column(title: "ACTION", rank: 2),
        TextTable.Column(title: "OCCASION"),
        TextTable.Column(title: "ATTEMPT", alignment: .right, rank: 1),
        TextTable.Column(title: "OUTCOME"),
        TextTable.Column(title: "DURATION", alignment: .right, rank: 4),
        TextTable.Column(title: "OUTPUT"),
    ]

    /// As much of the last line of an output as is shown.
    private static let outputLength = 60

    static func cells(_ run: HookRun) -> [String] {
        [
            run.startedAt.localDescription,
            printable(run.rule),
            run.alertID == 0 ? "-" : "\(run.alertID)",
            run.eventID == 0 ? "-" : "\(run.eventID)",
            HookText.action(run),
            HookText.occasion(run),
            "\(run.attempt)",
            HookText.outcome(run),
            run.durationSeconds.map(durationText) ?? "-",
            output(run),
        ]
    }

    private static func output(_ run: HookRun) -> String {
        let line = run.outputTail.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        let text = printable(line)
        return text.count > outputLength ? text.prefix(outputLength - 1) + "…" : text
    }
}
