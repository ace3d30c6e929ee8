internal import Formats
public import ModelFormat
public import Teaching
internal import Timekeeping

/// The taught sounds, and whether a model can use them.
public struct TaughtListing: Sendable {
    private let rows: [(sound: TaughtSound, isStale: Bool)]

    public init(sounds: [TaughtSound], model: Model) {
        rows = sounds.map { ($0, !$0.fits(model)) }
    }

    /// One JSON array with one object per line.
    public var json: String {
        JSONValue.lines(
            rows.map { sound, isStale in
                let stale = (key: "stale", value: JSONValue.boolean(isStale))
                return JSONValue.object(TeachingReport.members(sound) + [stale]).text
            })
    }

    /// A table for people; empty if there are no sounds.
    public var text: String {
        guard !rows.isEmpty else { return "" }
        let cells = rows.map { sound, isStale in
            [
                sound.label, "\(sound.figures.found.count)",
                TeachingReport.percent(sound.figures.recall),
                TeachingReport.percent(sound.figures.falseShare), sound.figures.verdict.rawValue,
                isStale ? "stale" : "ready", sound.taught.localDescription,
            ]
        }
        let table = TextTable(
            [
                TextTable.Column(title: "LABEL"),
                TextTable.Column(title: "CLIPS", alignment: .right),
                TextTable.Column(title: "RECALL", alignment: .right),
                TextTable.Column(title: "FALSE", alignment: .right),
                TextTable.Column(title: "SEPARATES"),
                TextTable.Column(title: "STATE"),
                TextTable.Column(title: "TAUGHT"),
            ], fitting: cells)
        return table.header + cells.map(table.line).joined()
    }
}
