public import AlertTypes
internal import Formats
internal import HostSystem
internal import Timekeeping

/// Why an alert fired, and what was done about it.
public struct AlertReport: Sendable {
    private let alert: Alert
    private let runs: [HookRun]

    /// - Parameter runs: those of the alert, in the order in which they were entered
    public init(_ alert: Alert, runs: [HookRun]) {
        self.alert = alert
        // As they were entered.
        self.runs = runs.sorted { $0.id < $1.id }
    }

    /// One JSON object: the fields of an alert, and `hook_started_at` and `runs`.
    public var json: String {
        let listed = runs.map { run in
            let delay = startDelay(run).map { JSONValue.decimal($0, places: 3) } ?? .null
            return JSONValue.object(HookFields.members(run) + [("start_delay_s", delay)])
        }
        let started = runs.firstStart.map { JSONValue.string($0.rfc3339) } ?? .null
        return JSONValue.object(
            AlertFields.members(alert) + [("hook_started_at", started), ("runs", .array(listed))]
        ).text + "\n"
    }

    /// For people. Each part after the first is a table.
    public var text: String {
        ([head] + [conditions, events, actions].compactMap(\.self)).joined(separator: "\n")
    }

    /// From the moment at which the action was asked for to its start; `nil` if it has not started.
    private func startDelay(_ run: HookRun) -> Double? {
        guard run.hasStarted else { return nil }
        // Both on the clock of the wall, where that is known.
        let asked = run.occasion == .fired ? alert.decidedAt : run.firedAt
        return run.startedAt.seconds(since: asked)
    }
}

extension AlertReport {
    private var head: String {
        var lines = [
            ("alert", "\(alert.id)" + (alert.isTest ? ", a test: nothing was heard" : "")),
            ("rule", printable(alert.rule)),
            ("state", state),
            ("source", printable(alert.source ?? "-")),
        ]
        if !alert.group.isEmpty { lines.append(("about", printable(alert.group))) }
        lines += [
            ("sound", Self.clock(alert.soundAt)),
            ("detected", Self.clock(alert.detectedAt, after: alert.soundAt, "the sound")),
            ("fired", Self.clock(alert.firedAt, after: alert.detectedAt, "detection")),
            ("decided", Self.clock(alert.decidedAt, after: alert.firedAt, "firing, by the wall")),
        ]
        let hook = runs.firstStart.map { Self.clock($0, after: alert.decidedAt, "the decision") }
        lines.append(("hook start", hook ?? "-"))
        if alert.repeats > 0 { lines.append(("repeated", "\(alert.repeats)")) }
        if let time = alert.acknowledgedAt {
            let comment = printable(alert.acknowledgement ?? "")
            lines.append(
                ("known since", Self.clock(time) + (comment.isEmpty ? "" : ": \(comment)")))
        }
        return lines.map { name, value in
            name + String(repeating: " ", count: 13 - name.count) + value + "\n"
        }.joined()
    }

    private var state: String {
        guard let end = alert.resolvedAt else { return "firing" }
        let reason = alert.resolution.map { ", \($0.rawValue)" } ?? ""
        let length = durationText(end.seconds(since: alert.firedAt))
        return "over at \(Self.clock(end)), after \(length)\(reason)"
    }

    private var conditions: String? {
        guard !alert.readings.isEmpty else { return nil }
        return Self.table(
            [TextTable.Column(title: "CONDITION"), TextTable.Column(title: "FOUND")],
            alert.readings.map { [printable($0.condition), printable($0.value)] })
    }

    private var events: String? {
        guard !alert.events.isEmpty else { return nil }
        let table = Self.table(
            [
                TextTable.Column(title: "ONSET"),
                TextTable.Column(title: "DURATION", alignment: .right),
                TextTable.Column(title: "LABEL"),
                TextTable.Column(title: "CONFIDENCE", alignment: .right),
                TextTable.Column(title: "LAFmax", alignment: .right),
                TextTable.Column(title: "SOURCE"),
                TextTable.Column(title: "EVENT", alignment: .right),
                TextTable.Column(title: "STATUS"),
            ],
            alert.events.map { event in
                [
                    event.onset.localDescription,
                    durationText(event.heardUntil.seconds(since: event.onset)),
                    printable(event.label), fixedPoint(event.confidence, places: 2) ?? "-",
                    LevelText.level(event.lafMaximum), printable(event.source), "\(event.id)",
                    event.isRetracted ? "retracted" : "heard",
                ]
            })
        guard alert.eventCount > alert.events.count else { return table }
        return table + "the newest \(alert.events.count) of \(alert.eventCount) events\n"
    }

    private var actions: String? {
        guard !runs.isEmpty else { return nil }
        let columns = [
            TextTable.Column(title: "STARTED"),
            TextTable.Column(title: "ACTION"),
            TextTable.Column(title: "OCCASION"),
            TextTable.Column(title: "ATTEMPT", alignment: .right),
            TextTable.Column(title: "OUTCOME"),
            TextTable.Column(title: "DELAY", alignment: .right),
            TextTable.Column(title: "DURATION", alignment: .right),
        ]
        let rows = runs.map { run in
            [
                run.hasStarted ? Self.clock(run.startedAt) : "-", HookText.action(run),
                HookText.occasion(run), "\(run.attempt)", HookText.outcome(run),
                startDelay(run).map(Self.length) ?? "-",
                run.durationSeconds.map(durationText) ?? "-",
            ]
        }
        let table = TextTable(columns, fitting: rows)
        return table.header
            + zip(runs, rows).map { run, row in
                table.line(row) + Self.output(run)
            }.joined()
    }

    /// What a run has written, below it.
    private static func output(_ run: HookRun) -> String {
        run.outputTail.split(whereSeparator: \.isNewline).map {
            "    " + printable(String($0)) + "\n"
        }.joined()
    }

    private static func table(_ columns: [TextTable.Column], _ rows: [[String]]) -> String {
        let table = TextTable(columns, fitting: rows)
        return table.header + rows.map(table.line).joined()
    }

    /// Local time with milliseconds.
    private static func clock(_ time: UTCTime) -> String {
        time.localDescription + time.rfc3339.dropLast(6).suffix(4)
    }

    private static func clock(_ time: UTCTime, after start: UTCTime, _ what: String) -> String {
        "\(clock(time)), \(length(time.seconds(since: start))) after \(what)"
    }

    /// `0.250 s`, and minutes where it is that long.
    private static func length(_ seconds: Double) -> String {
        seconds < 60 ? (fixedPoint(seconds, places: 3) ?? "-") + " s" : durationText(seconds)
    }
}
