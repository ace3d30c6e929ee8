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
        switch self {
        case .table: HookTable.text(runs, within: room)
        case .json: JSONValue.lines(runs.map { JSONValue.object(HookFields.members($0)).text })
        case .jsonl: runs.map { JSONValue.object(HookFields.members($0)).text + "\n" }.joined()
        case .csv:
            CSVText.line(HookFields.names)
                + runs.map { CSVText.line(HookFields.members($0).map(\.value)) }.joined()
        }
    }
}

/// The fields of a run as programs read them, in order. The names are a promise: scripts depend on
/// them.
private enum HookFields {
    static let names = [
        "id", "rule", "event_id", "fired_at", "started_at", "outcome", "exit_status", "signal",
        "duration_s", "output",
    ]

    static func members(_ run: HookRun) -> [(key: String, value: JSONValue)] {
        let values: [JSONValue] = [
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
        ]
        return zip(names, values).map { (key: $0, value: $1) }
    }
}

/// Runs for people: when, which rule, how it ended, and the end of the output.
private enum HookTable {
    private static let columns = [
        TextTable.Column(title: "STARTED"),
        TextTable.Column(title: "RULE"),
        TextTable.Column(title: "EVENT", alignment: .right),
        TextTable.Column(title: "OUTCOME"),
        TextTable.Column(title: "DURATION", alignment: .right),
        TextTable.Column(title: "OUTPUT"),
    ]

    /// As much of the last line of an output as is shown.
    private static let outputLength = 60

    /// The output comes last, and is cut off where there is no room for it.
    static func text(_ runs: [HookRun], within room: Int?) -> String {
        let rows = runs.map(cells)
        let table = TextTable(columns, fitting: rows)
        return ([table.header] + rows.map(table.line)).map { line in
            room.map { line.dropLast().prefix($0) + "\n" } ?? line
        }.joined()
    }

    private static func cells(_ run: HookRun) -> [String] {
        [
            run.startedAt.localDescription,
            printable(run.rule),
            "\(run.eventID)",
            outcome(run),
            run.durationSeconds.map(durationText) ?? "-",
            output(run),
        ]
    }

    private static func outcome(_ run: HookRun) -> String {
        switch run.outcome {
        case .exited: run.exitStatus.map { "exited \($0)" } ?? "exited"
        case .signalled: run.signal.map { "signal \($0)" } ?? "signal"
        case .timedOut: "timed out"
        case .failedToStart: "not started"
        case .dropped, .interrupted, .running, .waiting: run.outcome.rawValue
        }
    }

    private static func output(_ run: HookRun) -> String {
        let line = run.outputTail.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        let text = printable(line)
        return text.count > outputLength ? text.prefix(outputLength - 1) + "…" : text
    }
}
