internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// A table of a report, as text and as HTML.
struct ReportTable {
    var columns: [TextTable.Column]
    var rows: [[String]]

    init(_ columns: [(title: String, alignment: TextTable.Alignment)], _ rows: [[String]]) {
        self.columns = columns.map { TextTable.Column(title: $0.title, alignment: $0.alignment) }
        self.rows = rows
    }

    /// With a caption for those who cannot see it.
    func html(caption: String) -> String {
        HTMLText.table(columns, rows, caption: caption)
    }
}

/// The tables of a report.
extension NoiseReport {
    /// Day, evening, night and Lden, with remarks.
    var termTable: ReportTable {
        let terms = DayPart.allCases.map { part in
            let total = parts[part]
            return [
                part.symbol, limits.text(of: part), LevelText.level(level(of: part)),
                LevelText.coverage(total?.coverage ?? 0), remark(total),
            ]
        }
        let lden = [
            ldenLabel, "", LevelText.level(lden), LevelText.coverage(total.coverage), ldenRemark,
        ]
        return ReportTable(
            [
                ("Term", .left), ("Hours", .left), (unit, .right), ("Coverage %", .right),
                ("", .left),
            ],
            terms + [lden])
    }

    /// The remark on a level from incomplete audio.
    private func remark(_ total: LevelTotal?) -> String {
        guard let total, total.summary.seconds > 0 else { return "not measured" }
        return total.coverage < Self.sufficientCoverage
            ? "less than \(LevelText.percent(Self.sufficientCoverage)) % measured" : ""
    }

    private var ldenRemark: String {
        guard isLongEnoughForLden else { return "not given for less than a day" }
        guard lden != nil else { return "not given: a term is missing" }
        let few = DayPart.allCases.contains {
            (parts[$0]?.coverage ?? 0) < Self.sufficientCoverage
        }
        return ldenScope + (few ? "; a term has too little audio" : "")
    }

    var percentileTable: ReportTable {
        ReportTable(
            Self.percentiles.map { ("L\(Int($0))", .right) },
            [Self.percentiles.map { LevelText.level(total.exceeded($0)) }])
    }

    var dayTable: ReportTable {
        ReportTable(
            [
                ("Date", .left), ("LAeq", .right), ("Lday", .right), ("Levening", .right),
                ("Lnight", .right), ("Lden,24h", .right), ("LAFmax", .right),
                ("Coverage %", .right),
            ],
            days.map { day in
                [day.date, LevelText.level(day.total.summary.laeq)]
                    + DayPart.allCases.map { LevelText.level(day.parts[$0]?.summary.laeq) } + [
                        LevelText.level(day.lden), LevelText.level(day.total.summary.lafMaximum),
                        LevelText.coverage(day.total.coverage),
                    ]
            })
    }

    var hourTable: ReportTable { periodTable(hours, first: "Hour") }

    var minuteTable: ReportTable { periodTable(loudestMinutes, first: "Minute") }

    private func periodTable(_ periods: [LevelPeriod], first: String) -> ReportTable {
        let names = ["LAeq", "LAFmax", "LCpeak", "L10", "L50", "L90", "Coverage %"]
        var table = ReportTable(
            [(first, .left)] + names.map { ($0, .right) },
            zip(labels(periods), periods).map { label, period in
                let summary = period.summary
                let levels = [summary.laeq, summary.lafMaximum, summary.lcPeak]
                let exceeded = [10, 50, 90].map { period.histogram.exceeded(percent: $0) }
                return [label] + (levels + exceeded).map(LevelText.level)
                    + [LevelText.coverage(period.coverage)]
            })
        let flags = periods.map(flags)
        if flags.contains(where: { !$0.isEmpty }) {
            table.columns.append(TextTable.Column(title: "Flags"))
            table.rows = zip(table.rows, flags).map { $0 + [$1] }
        }
        return table
    }

    /// What is wrong with the audio of a period, the scale included.
    private func flags(_ period: LevelPeriod) -> String {
        let flags = [
            LevelText.flags(period.summary), period.leftOutSeconds > 0 ? "uncalibrated" : "",
        ]
        return flags.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The times at which periods begin, without the date if there is only one, and with the UTC
    /// offset if the clock shows the same time twice.
    func labels(_ periods: [LevelPeriod]) -> [String] {
        let texts = periods.map { period in
            let text = period.start.localDescription.dropLast(period.start.isFullMinute ? 3 : 0)
            return String(isWithinADay ? text.dropFirst(11) : text)
        }
        let counts = Dictionary(texts.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(texts, periods).map { text, period in
            counts[text] == 1 ? text : text + " " + LevelText.offset(at: period.start)
        }
    }

    private var isWithinADay: Bool { period.isWithinADay }

    var exceedanceTable: ReportTable {
        ReportTable(
            [("LAF at least", .right), ("Time", .right), ("% of the measured time", .right)],
            thresholds.map { threshold in
                let share = share(atOrAbove: threshold)
                return [
                    "\(fixedPoint(threshold, places: 1) ?? "-") \(unit)",
                    share.map { durationText($0 * total.summary.seconds) } ?? "-",
                    LevelText.percent(share),
                ]
            })
    }

    var eventTable: ReportTable {
        ReportTable(
            [
                ("Label", .left), ("Events", .right), ("Duration", .right),
                ("Highest LAFmax", .right),
            ],
            tallies.map { tally in
                [
                    printable(tally.label), "\(tally.count)",
                    durationText(tally.seconds), LevelText.level(tally.lafMaximum),
                ]
            })
    }

    /// How many stretches of missing audio, the longest ones, a report for people lists.
    private static let listedMissing = 30

    var missingTable: ReportTable {
        let listed = missing.sorted { $0.seconds > $1.seconds }.prefix(Self.listedMissing)
        return ReportTable(
            [("From", .left), ("To", .left), ("Duration", .right), ("Cause", .left)],
            listed.sorted { $0.start < $1.start }.map { stretch in
                [
                    stretch.start.localDescription, stretch.end.localDescription,
                    durationText(stretch.seconds), stretch.causeName,
                ]
            })
    }

    /// What `missingTable` leaves out; `nil` if it has them all.
    var missingRest: String? {
        let rest = missing.sorted { $0.seconds > $1.seconds }.dropFirst(Self.listedMissing)
        guard !rest.isEmpty else { return nil }
        let seconds = rest.reduce(0) { $0 + $1.seconds }
        return "and \(rest.count) shorter ones, together \(durationText(seconds))"
    }

    /// What was measured, but not analysed in full; `nil` if there was no such time.
    var omissionSentence: String? {
        guard !omittedSeconds.isEmpty else { return nil }
        let parts = omittedSeconds.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.name) \(durationText($0.value))" }
        return "Measured, but not analysed in full, because the machine did not keep up: "
            + parts.joined(separator: ", ") + "."
    }

    var calibrationTable: ReportTable {
        ReportTable(
            [
                ("Time", .left), ("Calibrator", .left), ("K before", .right), ("K after", .right),
                ("Drift dB", .right), ("Note", .left),
            ],
            calibration.history.map { calibration in
                [
                    calibration.time.localDescription,
                    "\(LevelText.level(calibration.calibratorLevel)) dB "
                        + "\(fixedPoint(calibration.calibratorFrequency, places: 0) ?? "-") Hz",
                    calibration.before.flatMap { fixedPoint($0, places: 2) } ?? "-",
                    fixedPoint(calibration.after, places: 2) ?? "-",
                    calibration.drift.map { signed($0, places: 2) } ?? "-",
                    printable(calibration.note),
                ]
            })
    }
}

extension UTCTime {
    fileprivate var isFullMinute: Bool { microseconds % 60_000_000 == 0 }
}
