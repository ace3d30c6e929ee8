internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

extension NoiseReport {
    /// For a terminal. Every section says below its title what was heard and on which scale.
    var text: String {
        var text = "NOISE REPORT\n" + facts.map(Self.lines).joined()
        text += section("Levels", overview + [""] + lines(termTable))
        text += section(
            "Percentiles: LAF exceeded N % of the time, \(unit)", lines(percentileTable))
        if !days.isEmpty { text += section("Days, \(unit)", lines(dayTable)) }
        text += section(
            "Hours, \(unit)", listsHours ? lines(hourTable) : [Self.hoursOmission + "."])
        text += section(
            "Loudest minutes, \(unit)", loudestMinutes.isEmpty ? ["none"] : lines(minuteTable))
        text += section("Time above levels", lines(exceedanceTable) + [loudSentence])
        text += section("Events", events.isEmpty ? ["none"] : lines(eventTable))
        text += section(
            "Not measured",
            (missing.isEmpty ? ["nothing"] : missingLines) + [omissionSentence].compactMap(\.self))
        if !calibration.history.isEmpty {
            text += section("Calibrations", lines(calibrationTable))
        }
        return text
    }

    /// What the report is about, by name.
    var facts: [(name: String, text: String)] {
        [
            ("Source", printable(source)),
            ("Period", "\(period.title), \(zoneText)"),
            ("Measured", Self.measured),
            ("Calibration", calibration.sentences.joined(separator: " ")),
            ("Coverage", coverageSentence),
            ("Made", "\(generated.localDescription)\(unfinishedNote)"),
        ]
    }

    static let measured =
        "one microphone, A-weighted, time weighting F for LAF and percentiles (IEC 61672-1:2013), "
        + "no corrections for reflections or residual sound"

    private var unfinishedNote: String {
        isUnfinished ? "; the period was not over: the rest counts as not measured" : ""
    }

    var coverageSentence: String {
        "\(LevelText.coverage(total.coverage)) %: \(durationText(total.summary.seconds)) of "
            + "\(durationText(total.lengthSeconds)) were measured"
    }

    /// The levels of the whole period.
    private var overview: [String] {
        [
            "LAeq    \(withUnit(total.summary.laeq))",
            "LAFmax  \(withUnit(total.summary.lafMaximum))\(loudestTime)",
            "LCpeak  \(LevelText.level(total.summary.lcPeak)) \(peakUnit)",
        ] + (flagSentence.map { [$0] } ?? [])
    }

    var peakUnit: String { isAbsolute ? "dB(C)" : "dB re FS" }

    func withUnit(_ level: Double?) -> String { "\(LevelText.level(level)) \(unit)" }

    /// When LAFmax occurred; empty if that is not known.
    var loudestTime: String {
        loudestSecond.map { " at \($0.localDescription)" } ?? ""
    }

    /// What was wrong with the audio; `nil` if nothing was.
    var flagSentence: String? {
        let summary = total.summary
        let flags = [
            (summary.overloadSeconds, "overloaded (levels too low)"),
            (summary.underrangeSeconds, "below the noise floor (levels too high)"),
            (summary.stuckSeconds, "without any change of the samples (microphone dead)"),
        ].filter { $0.0 > 0 }
        guard !flags.isEmpty else { return nil }
        return "Marked audio, not left out: "
            + flags.map { "\(durationText($0.0)) \($0.1)" }.joined(separator: ", ") + "."
    }

    var loudSentence: String {
        loudEvents == 1
            ? "1 event of the label \(SoundEvent.loudLabel)"
            : "\(loudEvents) events of the label \(SoundEvent.loudLabel)"
    }

    private var missingLines: [String] {
        lines(missingTable) + (missingRest.map { [$0] } ?? [])
    }

    private func section(_ title: String, _ lines: [String]) -> String {
        "\n\(title)\n[\(runningStatement)]\n" + lines.map { $0 + "\n" }.joined()
    }

    private func lines(_ table: ReportTable) -> [String] {
        let text = TextTable(table.columns, fitting: table.rows)
        return ([text.header] + table.rows.map(text.line)).map { String($0.dropLast()) }
    }

    /// A fact after its name, in lines of at most 96 characters.
    private static func lines(_ name: String, _ text: String) -> String {
        let indent = 13
        var lines = [name + String(repeating: " ", count: indent - name.count)]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count > 96 {
                lines.append(String(repeating: " ", count: indent))
            }
            lines[lines.count - 1] += word + " "
        }
        return lines.map { $0.dropLast() + "\n" }.joined()
    }
}
