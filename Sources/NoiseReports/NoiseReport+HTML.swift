internal import Formats
internal import LevelTypes
internal import Timekeeping

extension NoiseReport {
    /// One file for a browser and for paper: no scripts, nothing loaded from elsewhere. It is both
    /// HTML and well-formed XML. Everything users can name is escaped.
    var html: String {
        let title = "Noise report: \(source), \(period.title)"
        return """
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>\(HTMLText.escaped(title))</title>
            <style>
            \(ReportStyle.sheet(running: "\(source) · \(period.title) · \(runningStatement)"))
            </style>
            </head>
            <body>
            <main>
            \(headHTML)\(figuresHTML)\(chartsHTML)\(tablesHTML)\(footHTML)</main>
            </body>
            </html>

            """
    }

    private var headHTML: String {
        let list = facts.filter { $0.name != "Calibration" }.map { name, text in
            "<dt>\(name)</dt><dd>\(HTMLText.escaped(text))</dd>\n"
        }
        let sentences = calibration.sentences.map { "<p>\(HTMLText.escaped($0))</p>" }
        return """
            <header>
            <h1>Noise report</h1>
            <p class="subject">\(HTMLText.escaped(period.title)) · \(HTMLText.escaped(source))</p>
            <dl class="facts">
            \(list.joined())</dl>
            <div class="state \(stateStyle)">\(sentences.joined())</div>
            </header>

            """
    }

    private var stateStyle: String {
        calibration.doubts.isEmpty ? calibration.state?.rawValue ?? "none" : "doubt"
    }

    private var figuresHTML: String {
        let terms = DayPart.allCases.map { part in
            let coverage = LevelText.coverage(parts[part]?.coverage ?? 0)
            return figure(
                part.symbol, level(of: part), "\(limits.text(of: part)) h, \(coverage) % measured")
        }
        let scope = lden == nil ? termTable.rows[3].last ?? "" : ldenScope
        let figures =
            [
                figure(
                    "LAeq", total.summary.laeq,
                    "\(LevelText.coverage(total.coverage)) % measured"),
                figure(ldenLabel, lden, scope),
            ] + terms + [
                figure(
                    "LAFmax", total.summary.lafMaximum, loudestSecond?.localDescription ?? ""),
                figure("LCpeak", total.summary.lcPeak, "", unit: peakUnit),
                figure("L90, background", total.exceeded(90), "exceeded 90 % of the time"),
            ]
        return section(
            "Levels",
            "<ul class=\"figures\">\n\(figures.joined())</ul>\n"
                + (flagSentence.map { note($0) } ?? ""), isShort: true)
            + section(
                "Day, evening and night", table(termTable, "LAeq in \(unit)"), isShort: true)
    }

    private func figure(
        _ name: String, _ level: Double?, _ more: String, unit: String? = nil
    ) -> String {
        """
        <li><span class="name">\(HTMLText.escaped(name))</span>\
        <span class="value">\(LevelText.level(level)) \
        <span class="unit">\(unit ?? self.unit)</span></span>\
        <span class="more">\(HTMLText.escaped(more))</span></li>

        """
    }

    private var chartsHTML: String {
        let history = charts(historyChart) + caption(historyKey)
        let heat =
            charts(heatMap)
            + caption(
                heatMapKey.map { (swatch("<rect width=\"22\" height=\"11\" fill=\"\($0)\"/>"), $1) }
                    + [(Self.missingSwatch, "not measured")])
        let step = Self.historyStep(seconds: period.seconds)
        return section(
            "Time history",
            note("LAeq and LAF percentiles of \(Self.name(ofStep: step)).")
                + "<figure>\n\(history)</figure>\n", isShort: true)
            + section("Events over time", eventsHTML, isShort: true)
            + section(
                "Hours and frequencies",
                note(
                    heatMapIsOfAllDays
                        ? "Unweighted Leq in \(bandUnit) of each third-octave band by the hour of "
                            + "the day, over all days."
                        : "Unweighted Leq in \(bandUnit) of each third-octave band in each hour.")
                    + "<figure>\n\(heat)</figure>\n", isShort: true)
            + section(
                "Spectrum",
                note("Unweighted Leq of each third-octave band over the period.")
                    + "<figure>\n\(charts(spectrumChart))"
                    + "<figcaption>Nominal midband frequency in Hz</figcaption></figure>\n"
                    + bandTable.html(caption: "Leq in \(bandUnit) by frequency in Hz"),
                isShort: true)
    }

    private var eventsHTML: String {
        guard !events.isEmpty else { return note("No events.") }
        let hidden = tallies.count - Self.laneCount
        return "<figure>\n\(charts(eventChart))</figure>\n"
            + (hidden > 0
                ? note("\(hidden) rarer labels are in the table of events only.") : "")
    }

    private var tablesHTML: String {
        let reference = "in \(unit)"
        let left = omission.map { note("Note: \($0).") } ?? ""
        return
            (days.isEmpty
            ? "" : section("Days", table(dayTable, "Levels \(reference)") + left))
            + section(
                "Levels exceeded",
                table(percentileTable, "LAF exceeded N % of the measured time, \(reference)")
                    + table(exceedanceTable, "How long LAF was at a level or above")
                    + note("\(loudSentence)."), isShort: true)
            + section(
                "Hours",
                listsHours
                    ? table(hourTable, "Levels \(reference), LCpeak in \(peakUnit)")
                    : note(Self.hoursOmission + "."),
                isShort: hours.count <= Self.hoursOfAPage || !listsHours)
            + section(
                "Loudest minutes",
                loudestMinutes.isEmpty
                    ? note("None.") : table(minuteTable, "By LAeq, \(reference)"), isShort: true)
            + section(
                "Events by label",
                events.isEmpty ? note("None.") : table(eventTable, "LAFmax \(reference)"),
                isShort: tallies.count < 20)
            + section(
                "Not measured",
                note("\(coverageSentence).")
                    + (missing.isEmpty
                        ? note("Nothing is missing.")
                        : table(missingTable, "Stretches that were not measured"))
                    + (missingRest.map { note("… \($0).") } ?? "")
                    + (omissionSentence.map { note($0) } ?? ""),
                isShort: missing.count < 20)
            + (calibration.history.isEmpty
                ? ""
                : section(
                    "Calibrations",
                    table(
                        calibrationTable, "K is the level of full scale (RMS 1.0) in dB re 20 µPa"),
                    isShort: true))
    }

    private var footHTML: String {
        let notes = [
            "LAeq is the mean energy over the time that was measured; what was not measured is "
                + "left out and never counts as silence. \(Self.measured).",
            "Lday, Levening and Lnight are LAeq of the hours of the local clock that the table "
                + "names, within this period. Lden adds 5 dB to the evening and 10 dB to the night "
                + "(Directive 2002/49/EC, Annex I); its Lden is a level of a whole year.",
            "L90 is the level that was exceeded 90 % of the time (ISO 1996-1:2016, 3.1.3).",
            "No conformity with a class of IEC 61672-1 is claimed: that needs a tested instrument.",
        ]
        return "<footer>\n" + notes.map { note($0) }.joined() + "</footer>\n"
    }
}

extension NoiseReport {
    /// A table of more hours is broken where the page ends.
    private static let hoursOfAPage = 31

    /// A section with the statement that goes with every figure. On paper, a short one is not
    /// broken and a long one begins on a new page.
    private func section(_ title: String, _ body: String, isShort: Bool = false) -> String {
        """
        <section class="\(isShort ? "short" : "long")">
        <h2>\(title)</h2>
        <p class="running">\(HTMLText.escaped(runningStatement))</p>
        \(body)</section>

        """
    }

    private func note(_ text: String) -> String {
        "<p class=\"note\">\(HTMLText.escaped(text))</p>\n"
    }

    private func table(_ table: ReportTable, _ caption: String) -> String {
        table.html(caption: caption)
    }

    private func charts(_ chart: (ChartSize) -> String) -> String {
        ChartSize.allCases.map(chart).joined()
    }

    private func caption(_ keys: [(swatch: String, text: String)]) -> String {
        let items = keys.map { swatch, text in
            "<span class=\"key\">\(swatch)\(HTMLText.escaped(text))</span>\n"
        }
        return "<figcaption>\(items.joined())</figcaption>\n"
    }

    private var historyKey: [(swatch: String, text: String)] {
        let line = swatch("<path class=\"leq\" d=\"M0 5.5h22\"/>")
        let band = swatch("<rect class=\"band\" width=\"22\" height=\"11\"/>")
        let night = swatch("<rect class=\"night\" width=\"22\" height=\"11\"/>")
        return [
            (line, "LAeq"), (band, "L90 to L10"),
            (night, "night, \(limits.text(of: .night)) h"), (Self.missingSwatch, "not measured"),
        ]
    }

    private static let missingSwatch = swatch(
        "<rect class=\"missing\" width=\"22\" height=\"11\"/>"
            + "<path class=\"hatch\" "
            + "d=\"M0 6l6 -6M1 11l11 -11M7 11l11 -11M13 11l9 -9M19 11l3 -3\"/>"
    )

    private static func swatch(_ shapes: String) -> String {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 22 11\" aria-hidden=\"true\">"
            + "\(shapes)</svg>"
    }

    private func swatch(_ shapes: String) -> String { Self.swatch(shapes) }

    /// The levels of the bands, one octave per row.
    private var bandTable: ReportTable {
        let levels = total.summary.thirdOctaveLevels
        let cells = ThirdOctave.bands.indices.map { index in
            [
                ThirdOctave.bands[index].name,
                LevelText.level(index < levels.count ? levels[index] : nil),
            ]
        }
        let rows = stride(from: 0, to: cells.count, by: 3).map {
            Array(cells[$0..<($0 + 3)].joined())
        }
        let titles = [String](repeating: "Hz", count: 3).flatMap { [$0, "Leq"] }
        return ReportTable(titles.map { ($0, .right) }, rows)
    }

    private static func name(ofStep seconds: Int) -> String {
        switch seconds {
        case 60: "1 minute"
        case 300, 900: "\(seconds / 60) minutes"
        case 3_600: "1 hour"
        case 86_400: "1 day"
        default: "\(seconds / 86_400) days"
        }
    }
}
