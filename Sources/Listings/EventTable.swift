internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// Events for people: when, how long, what, how sure, how loud.
struct EventTable {
    private let table: TextTable
    private let showsLevels: Bool

    /// Columns as wide as these events need; level columns only if any event has levels.
    ///
    /// - Parameter room: how many characters a line may have; `nil`: any number
    init(fitting events: [SoundEvent], within room: Int?) {
        let showsLevels = events.contains { $0.levels != nil }
        self.showsLevels = showsLevels
        table = TextTable(
            Self.chosen(Self.columns, withLevels: showsLevels),
            fitting: events.map { Self.chosen(Self.cells($0), withLevels: showsLevels) },
            within: room)
    }

    /// Columns wide enough for most events, for when the events are not known yet.
    init(within room: Int?) {
        let widths = [19, 11, room == nil ? 20 : 16, 10, 8, 5, 11, 12, 6]
        showsLevels = true
        table = TextTable(
            zip(Self.columns, widths).map { column, width in
                TextTable.Column(
                    title: column.title, alignment: column.alignment, width: width,
                    rank: column.rank)
            }, within: room)
    }

    var header: String { table.header }

    func rows(_ events: [SoundEvent]) -> String {
        events.map {
            table.line(Self.chosen(Self.cells($0), withLevels: showsLevels))
        }.joined()
    }

    func text(_ events: [SoundEvent]) -> String {
        header + rows(events)
    }

    private static let columns = [
        TextTable.Column(title: "ONSET"),
        TextTable.Column(title: "DURATION", alignment: .right),
        TextTable.Column(title: "LABEL"),
        TextTable.Column(title: "CONFIDENCE", alignment: .right),
        TextTable.Column(title: "LAFmax", alignment: .right),
        TextTable.Column(title: "RISE", alignment: .right, rank: 1),
        TextTable.Column(title: "STATUS", rank: 2),
        TextTable.Column(title: "SOURCE", rank: 3),
        TextTable.Column(title: "ID", alignment: .right),
    ]

    /// The level columns.
    private static let levelColumns = 4..<6

    private static func chosen<Cell>(_ cells: [Cell], withLevels: Bool) -> [Cell] {
        withLevels
            ? cells : cells.indices.filter { !levelColumns.contains($0) }.map { cells[$0] }
    }

    private static func cells(_ event: SoundEvent) -> [String] {
        [
            event.onset.localDescription,
            durationText(event.durationSeconds),
            label(event),
            fixedPoint(event.peakConfidence, places: 2) ?? "-",
            lafMaximum(event),
            LevelText.level(event.levels?.rise),
            event.status.rawValue,
            printable(event.source),
            event.part == 1 ? "\(event.id)" : "\(event.id).\(event.part)",
        ]
    }
}

extension EventTable {
    /// The label with what the owner says: `dog ✓`, `dog ✗ cat`.
    private static func label(_ event: SoundEvent) -> String {
        let label = printable(event.label)
        guard let mark = event.mark else { return label }
        switch mark.verdict {
        case .right: return label + " ✓"
        case .wrong: return label + " ✗" + (mark.label.map { " " + printable($0) } ?? "")
        }
    }

    /// `61.2`; `~61.2` if indicative, `-38.8 FS` if relative to full scale.
    private static func lafMaximum(_ event: SoundEvent) -> String {
        guard let levels = event.levels else { return "-" }
        let level = LevelText.level(levels.lafMaximum)
        return switch levels.scale.state {
        case .calibrated: level
        case .indicative: "~" + level
        case .uncalibrated: level + " FS"
        }
    }
}
