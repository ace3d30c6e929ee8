internal import Formats
internal import HostSystem
public import ModelFormat
internal import SoundTypes
public import Tracking

/// What a model can name, and what to expect of it at the sensitivity in force.
public struct LabelListing: Sendable {
    private let rows: [Row]

    private struct Row: Sendable {
        var label: String
        var group: String?
        /// `nil` if the owner's own thresholds are in force, or the model has no curve.
        var sensitivity: Sensitivity?
        var isOverruled: Bool
        var point: OperatingPoint?
        var isOfLittleUse: Bool
    }

    /// - Parameter tracking: what the owner says about labels
    public init(model: Model, tracking: TrackingParameters) {
        rows = model.labels.indices.map { index in
            let (label, known) = (model.labels[index], model.tracking[index])
            let isOverruled = tracking.overrulesModel(for: label)
            let wanted = tracking.sensitivity(of: label) ?? known.sensitivity
            let point = isOverruled ? nil : known.point(at: wanted)
            return Row(
                label: label, group: model.groups.isEmpty ? nil : model.groups[index],
                sensitivity: point == nil ? nil : wanted, isOverruled: isOverruled, point: point,
                isOfLittleUse: known.isOfLittleUse)
        }
    }

    /// One JSON array with one object per line.
    public var json: String {
        JSONValue.lines(
            rows.map { row in
                let interval = row.point?.falseAlarmInterval
                return JSONValue.object([
                    ("label", .string(row.label)),
                    ("group", row.group.map { .string($0) } ?? .null),
                    ("sensitivity", row.sensitivity.map { .string($0.rawValue) } ?? .null),
                    ("recall", decimal(row.point?.recall)),
                    ("false_alarms_per_day", decimal(row.point?.falseAlarmsPerDay)),
                    (
                        "false_alarms_95",
                        interval.map { .array($0.map { decimal($0) }) } ?? .null
                    ),
                    ("announce_delay_s", decimal(row.point?.delaySeconds)),
                    ("of_little_use", .boolean(row.isOfLittleUse)),
                ]).text
            })
    }

    /// A table for people.
    public var text: String {
        let cells = rows.map(cells)
        let table = TextTable(Self.columns, fitting: cells)
        return table.header + cells.map(table.line).joined()
    }

    private static let columns = [
        TextTable.Column(title: "LABEL"), TextTable.Column(title: "GROUP"),
        TextTable.Column(title: "SENSITIVITY"),
        TextTable.Column(title: "RECALL", alignment: .right),
        TextTable.Column(title: "FALSE/DAY", alignment: .right),
        TextTable.Column(title: "95 % WITHIN"),
        TextTable.Column(title: "DELAY", alignment: .right), TextTable.Column(title: ""),
    ]

    private func cells(_ row: Row) -> [String] {
        let interval = row.point?.falseAlarmInterval.map { figure($0) }
        return [
            printable(row.label), row.group.map(printable) ?? "-",
            row.isOverruled ? "own settings" : row.sensitivity?.rawValue ?? "-",
            row.point.flatMap { fixedPoint(100 * $0.recall, places: 0) }.map { $0 + " %" } ?? "-",
            row.point.map { figure($0.falseAlarmsPerDay) } ?? "-",
            interval.map { "\($0[0]) to \($0[1])" } ?? "-",
            row.point?.delaySeconds.flatMap { fixedPoint($0, places: 2) }.map { $0 + " s" } ?? "-",
            row.isOfLittleUse ? "of little use: seldom found at any sensitivity" : "",
        ]
    }

    /// Two digits that count.
    private func figure(_ value: Double) -> String {
        fixedPoint(value, places: value < 0.095 ? 2 : value < 9.95 ? 1 : 0) ?? "-"
    }

    private func decimal(_ value: Double?) -> JSONValue {
        value.map { .decimal($0, places: 3) } ?? .null
    }
}
