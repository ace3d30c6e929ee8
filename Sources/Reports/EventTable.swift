internal import Acoustics

/// Events for people: when, how long, what, how sure.
struct EventTable {
    private let table: TextTable

    /// Columns as wide as these events need.
    init(fitting events: [SoundEvent]) {
        table = TextTable(Self.columns, fitting: events.map(Self.cells))
    }

    /// Columns wide enough for most events, when the events are not known yet.
    init() {
        let widths = [19, 11, 20, 10, 11, 12, 6]
        table = TextTable(
            zip(Self.columns, widths).map { column, width in
                TextTable.Column(
                    title: column.title, alignment: column.alignment, width: width)
            })
    }

    var header: String { table.header }

    func rows(_ events: [SoundEvent]) -> String {
        events.map { table.line(Self.cells($0)) }.joined()
    }

    func text(_ events: [SoundEvent]) -> String {
        header + rows(events)
    }

    private static let columns = [
        TextTable.Column(title: "ONSET"),
        TextTable.Column(title: "DURATION", alignment: .right),
        TextTable.Column(title: "LABEL"),
        TextTable.Column(title: "CONFIDENCE", alignment: .right),
        TextTable.Column(title: "STATUS"),
        TextTable.Column(title: "SOURCE"),
        TextTable.Column(title: "ID", alignment: .right),
    ]

    private static func cells(_ event: SoundEvent) -> [String] {
        [
            event.onset.localDescription,
            durationText(event.durationSeconds),
            TextTable.printable(event.label),
            fixedPoint(event.peakConfidence, places: 2) ?? "-",
            event.status.rawValue,
            TextTable.printable(event.source),
            event.part == 1 ? "\(event.id)" : "\(event.id).\(event.part)",
        ]
    }
}

/// A length for people: `0.5 s`, `1 m 05 s`, `2 h 03 m`.
func durationText(_ seconds: Double) -> String {
    guard seconds >= 59.95 else { return "\(fixedPoint(seconds, places: 1) ?? "-") s" }
    guard let whole = Int(exactly: seconds.rounded()) else { return "-" }
    let (hours, minutes, rest) = (whole / 3_600, whole / 60 % 60, whole % 60)
    return hours > 0 ? "\(hours) h \(twoDigits(minutes)) m" : "\(minutes) m \(twoDigits(rest)) s"
}

func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
}
