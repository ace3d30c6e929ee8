internal import Formats
internal import HostSystem
internal import SoundTypes
internal import Timekeeping

/// How much of each piece of a period was heard, in the formats of events.
extension EventFormat {
    /// - Parameters:
    ///   - coverages: in order, with their sources
    ///   - room: how many characters a line of the table may have; `nil`: any number
    public func document(
        _ coverages: [(source: String, coverage: Coverage)], within room: Int? = nil
    ) -> String {
        document(
            CoverageTable.names, coverages.map { CoverageTable.values($0.source, $0.coverage) },
            table: CoverageTable.text(coverages, within: room))
    }
}

private enum CoverageTable {
    /// The fields as programs read them, in order. The names are a promise: scripts depend on them.
    static let names =
        ["source", "start", "end", "heard_percent", "heard_s", "off_s"]
        + (missingCauses + omissionCauses).map { "\($0.name)_s" }
        + ["overload_s", "clock_steps", "drift_ppm"]

    private static let missingCauses = GapCause.allCases.filter { !$0.isPartial }
    private static let omissionCauses = GapCause.allCases.filter(\.isPartial)

    static func values(_ source: String, _ coverage: Coverage) -> [JSONValue] {
        let causes =
            missingCauses.map { coverage.missingSeconds[$0] ?? 0 }
            + omissionCauses.map { coverage.omittedSeconds[$0] ?? 0 }
        return [
            .string(source), .string(coverage.start.rfc3339), .string(coverage.end.rfc3339),
            .decimal(100 * coverage.share, places: 3), seconds(coverage.heardSeconds),
            seconds(coverage.offSeconds),
        ] + causes.map(seconds) + [
            seconds(coverage.overloadSeconds), .integer(Int64(coverage.clockSteps.count)),
            coverage.driftPPM.map { .decimal($0, places: 1) } ?? .null,
        ]
    }

    private static func seconds(_ seconds: Double) -> JSONValue { .decimal(seconds, places: 3) }

    static func text(
        _ coverages: [(source: String, coverage: Coverage)], within room: Int?
    ) -> String {
        let rows = coverages.map { cells($0.source, $0.coverage) }
        let table = OpenEndedTable(columns, fitting: rows, within: room)
        let totals = total(coverages)
        let notes = totals + remarks(coverages)
        return table.header + table.lines(rows) + (notes.isEmpty ? "" : "\n" + notes)
    }

    private static let columns = [
        TextTable.Column(title: "START"),
        TextTable.Column(title: "SOURCE", rank: 2),
        TextTable.Column(title: "HEARD %", alignment: .right),
        TextTable.Column(title: "HEARD", alignment: .right, rank: 1),
        TextTable.Column(title: "OFF", alignment: .right),
        TextTable.Column(title: "OVERLOAD", alignment: .right, rank: 1),
        TextTable.Column(title: "MISSING"),
    ]

    private static func cells(_ source: String, _ coverage: Coverage) -> [String] {
        [
            coverage.start.localDescription, printable(source), percent(coverage.share),
            durationText(coverage.heardSeconds), length(coverage.offSeconds),
            length(coverage.overloadSeconds), missing(coverage.missingSeconds),
        ]
    }

    /// 100 only if nothing is missing.
    private static func percent(_ share: Double) -> String {
        let percent = 100 * share
        let shown = percent < 100 ? min(percent, 99.99) : percent
        return fixedPoint(shown, places: 2) ?? "-"
    }

    private static func length(_ seconds: Double) -> String {
        seconds > 0 ? durationText(seconds) : "-"
    }

    /// The longest first.
    private static func missing(_ missing: [GapCause: Double]) -> String {
        guard !missing.isEmpty else { return "-" }
        return missing.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .map { "\($0.key.name) \(durationText($0.value))" }.joined(separator: ", ")
    }

    /// What else is to be known of each source, in lines.
    private static func remarks(
        _ coverages: [(source: String, coverage: Coverage)]
    ) -> String {
        Dictionary(grouping: coverages, by: \.source).sorted { $0.key < $1.key }
            .flatMap { source, pieces in
                remarks(pieces.map(\.coverage)).map { "\(printable(source)): \($0)\n" }
            }.joined()
    }

    private static func remarks(_ pieces: [Coverage]) -> [String] {
        var lines: [String] = []
        let omitted = pieces.map(\.omittedSeconds)
            .reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        if !omitted.isEmpty { lines.append("the machine did not keep up: \(missing(omitted))") }
        let steps = pieces.flatMap(\.clockSteps)
        if let last = steps.last {
            let times = steps.count == 1 ? "once" : "\(steps.count) times, the last time"
            lines.append("the clock was set \(times) by \(fixedPoint(last, places: 1) ?? "-") s")
        }
        if let drift = pieces.compactMap(\.driftPPM).last {
            let size = fixedPoint(abs(drift), places: 1) ?? "-"
            lines.append("its clock goes \(size) ppm too \(drift < 0 ? "slow" : "fast")")
        }
        return lines
    }

    /// A line for each source that has several pieces.
    private static func total(_ coverages: [(source: String, coverage: Coverage)]) -> String {
        let sources = Dictionary(grouping: coverages, by: \.source)
        return sources.keys.sorted().compactMap { source in
            guard let pieces = sources[source]?.map(\.coverage), pieces.count > 1 else {
                return nil
            }
            let (all, heard) = pieces.reduce(into: (0.0, 0.0)) {
                $0.0 += $1.seconds
                $0.1 += $1.heardSeconds
            }
            return "\(printable(source)): \(percent(heard / all)) % heard\n"
        }.joined()
    }
}
