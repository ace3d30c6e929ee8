public import AlertTypes
internal import Formats
internal import HostSystem
internal import Timekeeping

/// Alerts, in the formats of events.
extension EventFormat {
    /// The whole document: what comes before the alerts, the alerts, and what comes after.
    ///
    /// - Parameter room: how many characters a line of the table may have; `nil`: any number
    public func document(_ alerts: [Alert], within room: Int? = nil) -> String {
        let table = AlertTable(fitting: alerts, within: room)
        return document(
            AlertFields.names, alerts.map(AlertFields.values),
            table: table.header + table.rows(alerts))
    }

    /// What comes before the first alert when alerts come one at a time.
    public func alertHeader(within room: Int? = nil) -> String {
        switch self {
        case .table: AlertTable(within: room).header
        case .csv: CSVText.line(AlertFields.names)
        case .json, .jsonl: ""
        }
    }

    /// Alerts as they come, and as they change.
    public func stream(_ alerts: [Alert], within room: Int? = nil) -> String {
        self == .table
            ? AlertTable(within: room).rows(alerts)
            : lines(AlertFields.names, alerts.map(AlertFields.values))
    }
}

/// Alerts for people: when, which rule, whether it is over, and what was found.
private struct AlertTable {
    private static let columns = [
        TextTable.Column(title: "FIRED"),
        TextTable.Column(title: "ID", alignment: .right),
        TextTable.Column(title: "RULE"),
        TextTable.Column(title: "STATE"),
        TextTable.Column(title: "DURATION", alignment: .right, rank: 1),
        TextTable.Column(title: "SOURCE", rank: 3),
        TextTable.Column(title: "EVENTS", alignment: .right, rank: 2),
        TextTable.Column(title: "WHAT"),
    ]

    private let table: OpenEndedTable

    init(fitting alerts: [Alert], within room: Int?) {
        table = OpenEndedTable(
            Self.columns, fitting: alerts.map(Self.cells), within: room)
    }

    /// Columns wide enough for most alerts, for when the alerts are not known yet.
    init(within room: Int?) {
        let widths = [19, 5, 16, 12, 8, 8, 6, 12]
        let columns = zip(Self.columns, widths).map { column, width in
            TextTable.Column(
                title: column.title, alignment: column.alignment, width: width, rank: column.rank)
        }
        table = OpenEndedTable(columns, within: room)
    }

    var header: String { table.header }

    func rows(_ alerts: [Alert]) -> String { table.lines(alerts.map(Self.cells)) }

    private static func cells(_ alert: Alert) -> [String] {
        [
            alert.firedAt.localDescription,
            "\(alert.id)",
            printable(alert.rule),
            AlertText.state(alert),
            alert.resolvedAt.map { durationText($0.seconds(since: alert.firedAt)) } ?? "-",
            printable(alert.source ?? "-"),
            "\(alert.eventCount)",
            AlertText.finding(alert),
        ]
    }
}

/// What is said of an alert in a few words.
enum AlertText {
    /// `firing`, `repeated 2`, `acknowledged`, why it is over, or that it is a test.
    static func state(_ alert: Alert) -> String {
        if alert.isTest { return "test" }
        if alert.isResolved { return alert.resolution?.rawValue ?? "resolved" }
        if alert.acknowledgedAt != nil { return "acknowledged" }
        return alert.repeats > 0 ? "repeated \(alert.repeats)" : "firing"
    }

    /// The labels of its events; without events, what the conditions found.
    static func finding(_ alert: Alert) -> String {
        guard alert.events.isEmpty else {
            return printable(Set(alert.events.map(\.label)).sorted().joined(separator: ", "))
        }
        let readings = alert.readings.map { "\($0.condition): \($0.value)" }
        return readings.isEmpty ? "-" : printable(readings.joined(separator: "; "))
    }
}
