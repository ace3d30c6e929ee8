public import AlertTypes
internal import Formats
internal import HostSystem
internal import Rules
public import Timekeeping

/// What rules would have told in a period.
public struct ReplayReport: Sendable {
    /// A line of it.
    struct Entry: Sendable {
        /// Whether only the new rules, or only the old ones, tell it; `nil`: nothing is compared.
        var change: Change?
        var occasion: Occasion
        var at: UTCTime
        var alert: Alert
    }

    enum Change: String, Sendable {
        case added, removed

        var sign: String { self == .added ? "+" : "-" }
    }

    /// What became of a rule.
    struct Summary: Sendable, Equatable {
        var rule: String
        var alerts = 0
        /// With the old rules; `nil`: nothing is compared.
        var before: Int?
        var heldBack: [Suppression.Reason: Int] = [:]
    }

    let since: UTCTime
    let until: UTCTime
    private(set) var entries: [Entry]
    let suppressions: [Suppression]
    private(set) var summaries: [Summary]

    /// - Parameters:
    ///   - old: what is compared with; `nil`: everything is told
    ///   - rule: the only one that is told of
    ///   - occasions: what is told of
    public init(
        _ trial: RuleTrial, since: UTCTime, until: UTCTime, comparedWith old: RuleTrial? = nil,
        rule: String? = nil, occasions: Set<Occasion> = [.fired]
    ) {
        (self.since, self.until) = (since, until)
        let isMeant: (String) -> Bool = { rule == nil || rule == $0 }
        let new = Self.entries(trial, isMeant, occasions)
        entries = old.map { Self.difference(Self.entries($0, isMeant, occasions), new) } ?? new
        suppressions = trial.suppressions.filter { isMeant($0.rule) }
        let names = Set((trial.rules.rules + (old?.rules.rules ?? [])).map(\.name))
        summaries = []
        for name in names.filter(isMeant).sorted() {
            var summary = Summary(rule: name)
            summary.alerts = trial.alerts.count { $0.rule == name }
            summary.before = old?.alerts.count { $0.rule == name }
            for held in suppressions where held.rule == name {
                summary.heldBack[held.reason, default: 0] += held.count
            }
            summaries.append(summary)
        }
    }

    private static func entries(
        _ trial: RuleTrial, _ isMeant: (String) -> Bool, _ occasions: Set<Occasion>
    ) -> [Entry] {
        trial.notices.compactMap { notice in
            let alert = trial.alert(notice)
            guard occasions.contains(notice.occasion), isMeant(alert.rule) else { return nil }
            return Entry(occasion: notice.occasion, at: notice.at, alert: alert)
        }
    }

    /// What is only in one of the two. The same: of the same rule, about the same, within a second.
    private static func difference(_ old: [Entry], _ new: [Entry]) -> [Entry] {
        struct About: Hashable {
            let rule: String
            let group: String
            let occasion: Occasion

            init(_ entry: Entry) {
                (rule, group) = (entry.alert.rule, entry.alert.group)
                occasion = entry.occasion
            }
        }
        var left = Dictionary(grouping: old, by: About.init)
        var result: [Entry] = []
        for entry in new {
            let same = left[About(entry)]?.firstIndex {
                abs($0.at.seconds(since: entry.at)) <= 1
            }
            if let same {
                left[About(entry)]?.remove(at: same)
            } else {
                result.append(entry.marked(.added))
            }
        }
        result += left.values.joined().map { $0.marked(.removed) }
        return result.sorted {
            ($0.at, $0.alert.rule, $0.alert.id) < ($1.at, $1.alert.rule, $1.alert.id)
        }
    }
}

extension ReplayReport.Entry {
    fileprivate func marked(_ change: ReplayReport.Change) -> Self {
        var entry = self
        entry.change = change
        return entry
    }
}

// MARK: - Forms

extension ReplayReport {
    /// For people.
    public var text: String {
        (entries.isEmpty ? "" : entryTable + "\n") + summaryTable
    }

    private var entryTable: String {
        let isCompared = entries.contains { $0.change != nil }
        let rows = entries.map { entry in
            let alert = entry.alert
            let length = alert.resolvedAt.map { durationText($0.seconds(since: alert.firedAt)) }
            let found = alert.readings.map { "\($0.condition): \($0.value)" }
            let about = alert.group.isEmpty ? "-" : alert.group
            return [
                entry.at.localDescription, printable(alert.rule), entry.occasion.rawValue,
                printable(about), "\(alert.eventCount)", length ?? "-",
                printable(found.joined(separator: "; ")),
            ]
        }
        let table = TextTable(
            [
                TextTable.Column(title: "TIME"), TextTable.Column(title: "RULE"),
                TextTable.Column(title: "OCCASION"), TextTable.Column(title: "ABOUT"),
                TextTable.Column(title: "EVENTS", alignment: .right),
                TextTable.Column(title: "LASTED", alignment: .right),
                TextTable.Column(title: "FOUND"),
            ], fitting: rows)
        let signs = entries.map { $0.change.map { "\($0.sign) " } ?? "" }
        return (isCompared ? "  " : "") + table.header
            + zip(signs, rows).map { $0 + table.line($1) }.joined()
    }

    private var summaryTable: String {
        let isCompared = summaries.contains { $0.before != nil }
        let rows = summaries.map { summary in
            [
                printable(summary.rule), "\(summary.alerts)", summary.before.map(String.init) ?? "",
                summary.heldBackText,
            ]
        }
        let table = TextTable(
            [
                TextTable.Column(title: "RULE"),
                TextTable.Column(title: "ALERTS", alignment: .right),
                TextTable.Column(title: isCompared ? "BEFORE" : "", alignment: .right),
                TextTable.Column(title: "HELD BACK"),
            ], fitting: rows)
        return table.header + rows.map(table.line).joined()
    }

    /// One object.
    public var json: String {
        let told = entries.map { entry in
            let head: [(key: String, value: JSONValue)] = [
                ("change", entry.change.map { .string($0.rawValue) } ?? .null),
                ("occasion", .string(entry.occasion.rawValue)),
                ("at", .string(entry.at.rfc3339)),
            ]
            return JSONValue.object(head + AlertFields.members(entry.alert))
        }
        let held = suppressions.map { held in
            JSONValue.object([
                ("rule", .string(held.rule)), ("reason", .string(held.reason.rawValue)),
                ("by", .string(held.by)), ("first", .string(held.first.rfc3339)),
                ("last", .string(held.last.rfc3339)), ("count", .integer(Int64(held.count))),
            ])
        }
        let rules = summaries.map { summary in
            JSONValue.object([
                ("rule", .string(summary.rule)), ("alerts", .integer(Int64(summary.alerts))),
                ("before", summary.before.map { .integer(Int64($0)) } ?? .null),
                ("held_back", .integer(Int64(summary.heldBack.values.reduce(0, +)))),
            ])
        }
        return JSONValue.object([
            ("since", .string(since.rfc3339)), ("until", .string(until.rfc3339)),
            ("alerts", .array(told)), ("held_back", .array(held)), ("rules", .array(rules)),
        ]).text + "\n"
    }

    /// A line for each alert; what was held back is not in it.
    public var csv: String {
        let lines = entries.map { entry in
            CSVText.line(
                [
                    entry.change.map { JSONValue.string($0.rawValue) } ?? .null,
                    .string(entry.occasion.rawValue), .string(entry.at.rfc3339),
                ] + AlertFields.members(entry.alert).map(\.value))
        }
        return CSVText.line(["change", "occasion", "at"] + AlertFields.names) + lines.joined()
    }
}

extension ReplayReport.Summary {
    /// `12: 10 cooldown, 2 schedule`
    fileprivate var heldBackText: String {
        guard !heldBack.isEmpty else { return "0" }
        let parts = heldBack.sorted { $0.key.rawValue < $1.key.rawValue }.map { reason, count in
            "\(count) \(reason.rawValue.replacing("_", with: " "))"
        }
        return "\(heldBack.values.reduce(0, +)): \(parts.joined(separator: ", "))"
    }
}
