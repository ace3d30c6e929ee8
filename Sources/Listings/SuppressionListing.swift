public import AlertTypes
internal import Formats
internal import HostSystem
internal import Timekeeping

/// What was held back, in the formats of events.
extension EventFormat {
    /// - Parameter room: how many characters a line of the table may have; `nil`: any number
    public func document(_ suppressions: [Suppression], within room: Int? = nil) -> String {
        let rows = suppressions.map(SuppressionTable.cells)
        let table = OpenEndedTable(SuppressionTable.columns, fitting: rows, within: room)
        return document(
            SuppressionTable.names, suppressions.map(SuppressionTable.values),
            table: table.header + table.lines(rows))
    }
}

/// How often firings were held back, for which reasons.
public struct SuppressionCount: Sendable {
    private let counts: [(reason: Suppression.Reason, count: Int)]

    public init(_ suppressions: [Suppression]) {
        counts = Suppression.Reason.allCases.map { reason in
            (reason, Self.sum(suppressions.filter { $0.reason == reason }.map(\.count)))
        }
    }

    /// `14 (9 cooldown, 5 silenced)`; `nil` if there was nothing.
    public var text: String? {
        let present = counts.filter { $0.count > 0 }
        guard !present.isEmpty else { return nil }
        let parts = present.map { "\($0.count) \(SuppressionTable.text($0.reason))" }
        return "\(total) (" + parts.joined(separator: ", ") + ")"
    }

    var total: Int { Self.sum(counts.map(\.count)) }

    /// The largest number where there is none so large.
    private static func sum(_ counts: [Int]) -> Int {
        counts.reduce(0) { sum, count in
            let (result, isOverflow) = sum.addingReportingOverflow(count)
            return isOverflow ? .max : result
        }
    }

    var json: JSONValue {
        .object(counts.map { (key: $0.reason.rawValue, value: .integer(Int64($0.count))) })
    }
}

private enum SuppressionTable {
    /// The fields as programs read them, in order. The names are a promise: scripts depend on them.
    static let names = ["rule", "reason", "by", "hour", "first", "last", "count"]

    static func values(_ suppression: Suppression) -> [JSONValue] {
        [
            .string(suppression.rule), .string(suppression.reason.rawValue),
            .string(suppression.by), .string(suppression.hour.rfc3339),
            .string(suppression.first.rfc3339), .string(suppression.last.rfc3339),
            .integer(Int64(suppression.count)),
        ]
    }

    static let columns = [
        TextTable.Column(title: "FIRST"),
        TextTable.Column(title: "LAST", rank: 1),
        TextTable.Column(title: "COUNT", alignment: .right),
        TextTable.Column(title: "RULE"),
        TextTable.Column(title: "REASON"),
        TextTable.Column(title: "BY"),
    ]

    static func cells(_ suppression: Suppression) -> [String] {
        [
            suppression.first.localDescription, suppression.last.localDescription,
            "\(suppression.count)", printable(suppression.rule), text(suppression.reason),
            by(suppression),
        ]
    }

    static func text(_ reason: Suppression.Reason) -> String {
        switch reason {
        case .cooldown: "cooldown"
        case .schedule: "schedule"
        case .inhibited: "inhibited"
        case .silenced: "silenced"
        case .ruleLimit: "limit of the rule"
        case .globalLimit: "limit of all rules"
        }
    }

    private static func by(_ suppression: Suppression) -> String {
        guard !suppression.by.isEmpty else { return "-" }
        return suppression.reason == .silenced
            ? "silence \(printable(suppression.by))" : printable(suppression.by)
    }
}
