public import AlertTypes
internal import Formats
internal import HostSystem
public import Timekeeping

/// Silences, in the formats of events.
extension EventFormat {
    /// - Parameters:
    ///   - now: what is active then is said to be
    ///   - room: how many characters a line of the table may have; `nil`: any number
    public func document(
        _ silences: [Silence], now: UTCTime, within room: Int? = nil
    ) -> String {
        let rows = silences.map { SilenceTable.cells($0, now: now) }
        let table = OpenEndedTable(SilenceTable.columns, fitting: rows, within: room)
        return document(
            SilenceTable.names, silences.map { SilenceTable.values($0, now: now) },
            table: table.header + table.lines(rows))
    }
}

extension Silence {
    /// What it silences and when, on one line.
    public var summary: String {
        let names = [("rule", rule), ("label", label), ("source", source)]
        let parts = names.compactMap { kind, name in name.map { "\(kind) \(printable($0))" } }
        let what = parts.isEmpty ? "everything that rules tell" : parts.joined(separator: ", ")
        return "silence \(id), from \(startsAt.localDescription) until "
            + "\(endsAt.localDescription), of \(what)"
    }
}

private enum SilenceTable {
    /// The fields as programs read them, in order. The names are a promise: scripts depend on them.
    static let names = [
        "id", "state", "created_at", "starts_at", "ends_at", "rule", "label", "source", "comment",
    ]

    static func values(_ silence: Silence, now: UTCTime) -> [JSONValue] {
        [
            .integer(silence.id), .string(state(silence, now: now)),
            .string(silence.createdAt.rfc3339), .string(silence.startsAt.rfc3339),
            .string(silence.endsAt.rfc3339), name(silence.rule), name(silence.label),
            name(silence.source), .string(silence.comment),
        ]
    }

    static let columns = [
        TextTable.Column(title: "ID", alignment: .right),
        TextTable.Column(title: "STATE"),
        TextTable.Column(title: "FROM", rank: 1),
        TextTable.Column(title: "UNTIL"),
        TextTable.Column(title: "RULE"),
        TextTable.Column(title: "LABEL"),
        TextTable.Column(title: "SOURCE"),
        TextTable.Column(title: "COMMENT"),
    ]

    static func cells(_ silence: Silence, now: UTCTime) -> [String] {
        [
            "\(silence.id)", state(silence, now: now), silence.startsAt.localDescription,
            silence.endsAt.localDescription, printable(silence.rule ?? "any"),
            printable(silence.label ?? "any"), printable(silence.source ?? "any"),
            printable(silence.comment),
        ]
    }

    private static func state(_ silence: Silence, now: UTCTime) -> String {
        if silence.isActive(at: now) { return "active" }
        return silence.endsAt <= now ? "over" : "pending"
    }

    private static func name(_ name: String?) -> JSONValue { name.map { .string($0) } ?? .null }
}
