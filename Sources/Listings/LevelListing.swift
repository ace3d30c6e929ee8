internal import Formats
internal import HostSystem
public import LevelTypes
public import Timekeeping

/// How levels are written.
public enum LevelFormat: String, Sendable, CaseIterable {
    /// Aligned columns for people.
    case table
    /// One JSON object.
    case json
    /// One JSON object per line, one for each piece of the period.
    case jsonl
    /// Comma-separated values (RFC 4180) with a header line.
    case csv
}

/// The levels of a period, piece by piece as they are read: a header, the pieces, a footer.
public struct LevelListing: Sendable {
    private let since: UTCTime
    private let until: UTCTime
    private let step: CalendarStep
    private let sources: [String]
    private let showsBands: Bool
    private let format: LevelFormat
    private let room: Int?
    private var states: Set<CalibrationState> = []
    private var leftOutSeconds = 0.0
    private var isFirst = true

    /// - Parameters:
    ///   - sources: those that will be written; if there are several, the table says which
    ///   - room: how many characters a line of the table may have; `nil`: any number
    public init(
        since: UTCTime, until: UTCTime, step: CalendarStep, sources: [String], showsBands: Bool,
        format: LevelFormat, within room: Int? = nil
    ) {
        self.since = since
        self.until = until
        self.step = step
        self.sources = sources
        self.showsBands = showsBands
        self.format = format
        self.room = room
    }

    /// Whether nothing written so far had any audio.
    public var isEmpty: Bool { states.isEmpty }

    /// What comes before the first piece.
    public var header: String {
        switch format {
        case .table: table.header
        case .csv: CSVText.line(LevelFields.names + (showsBands ? LevelFields.bandNames : []))
        case .jsonl: ""
        case .json:
            // The head object, reopened for the list.
            JSONValue.object([
                ("since", .string(since.rfc3339)), ("until", .string(until.rfc3339)),
                ("every", .string(step.rawValue)),
                ("sources", .array(sources.map(JSONValue.string))),
            ]).text.dropLast() + ",\"periods\":["
        }
    }

    /// Some pieces of a source.
    public mutating func rows(_ periods: [LevelPeriod], source: String) -> String {
        states.formUnion(periods.compactMap(\.state))
        leftOutSeconds += periods.reduce(0) { $0 + $1.leftOutSeconds }
        switch format {
        case .table:
            let table = table
            return periods.map { table.line(cells($0, source: source)) }.joined()
        case .csv:
            return periods.map { period in
                let bands = showsBands ? LevelFields.bandValues(period.summary) : []
                let values = LevelFields.values(period, source: source) + bands
                return CSVText.line(values)
            }.joined()
        case .json, .jsonl:
            return periods.map { object($0, source: source) }.joined()
        }
    }

    /// What comes after the last piece: how far the levels can be trusted as sound pressure levels.
    public var footer: String {
        switch format {
        case .table: states.isEmpty ? "" : "\n" + statements.joined(separator: "\n") + "\n"
        case .csv, .jsonl: ""
        case .json:
            (isFirst ? "" : "\n") + "],\"calibration\":"
                + (states.max().map { JSONValue.string($0.rawValue) } ?? .null).text
                + ",\"unit\":" + (states.max().map { JSONValue.string($0.unit) } ?? .null).text
                + ",\"statements\":" + JSONValue.array(statements.map(JSONValue.string)).text
                + "}\n"
        }
    }

    /// A sentence for each state that occurred.
    private var statements: [String] {
        var lines = states.sorted().map(\.meaning)
        if leftOutSeconds > 0 {
            lines.append(
                "\(durationText(leftOutSeconds)) of uncalibrated audio are left out of pieces that "
                    + "have sound pressure levels.")
        }
        return lines
    }
}

extension LevelListing {
    private mutating func object(_ period: LevelPeriod, source: String) -> String {
        let object = JSONValue.object(
            LevelFields.members(period, source: source, bands: showsBands))
        guard format == .json else { return object.text + "\n" }
        defer { isFirst = false }
        return (isFirst ? "\n" : ",\n") + object.text
    }

    /// Whether the local clock changes during the period, so that a time of day can come twice.
    private var showsOffset: Bool {
        LevelText.offset(at: since) != LevelText.offset(at: until)
    }

    private var table: TextTable {
        var columns = [TextTable.Column(title: "START", width: showsOffset ? 25 : 19)]
        if sources.count > 1 {
            let widest = sources.map(\.count).max() ?? 0
            columns.append(TextTable.Column(title: "SOURCE", width: widest))
        }
        let narrow = room == nil ? 6 : 5
        let levels = [
            ("LAeq", 6, 0), ("LAFmax", 6, 0), ("LCpeak", 6, 2), ("L10", narrow, 0),
            ("L50", narrow, 1), ("L90", narrow, 0), ("COVERAGE %", 0, 0),
        ]
        columns += levels.map {
            TextTable.Column(title: $0.0, alignment: .right, width: $0.1, rank: $0.2)
        }
        // Below the table it says what the states mean.
        columns.append(TextTable.Column(title: "CALIBRATION", width: 12, rank: 3))
        if showsBands {
            columns += ThirdOctave.bands.map {
                TextTable.Column(title: $0.name, alignment: .right, width: 5)
            }
        }
        let flags = TextTable.Column(title: "FLAGS", width: 16)
        return TextTable(columns + [flags], within: showsBands ? nil : room)
    }

    private func cells(_ period: LevelPeriod, source: String) -> [String] {
        let summary = period.summary
        let offset = showsOffset ? LevelText.offset(at: period.start) : ""
        var cells = [period.start.localDescription + offset]
        if sources.count > 1 { cells.append(printable(source)) }
        cells += [summary.laeq, summary.lafMaximum, summary.lcPeak].map(LevelText.level)
        cells += [10, 50, 90].map { LevelText.level(period.histogram.exceeded(percent: $0)) }
        cells += [LevelText.coverage(period.coverage), period.state?.rawValue ?? "-"]
        if showsBands {
            let levels = summary.thirdOctaveLevels
            cells += ThirdOctave.bands.indices.map {
                LevelText.level($0 < levels.count ? levels[$0] : nil)
            }
        }
        return cells + [LevelText.flags(summary)]
    }
}
