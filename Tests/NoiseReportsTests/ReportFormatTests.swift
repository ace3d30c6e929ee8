import Foundation
import FoundationXML
import HostSystem
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Formats
@testable import NoiseReports

/// Text that HTML, XML, CSS, JSON and CSV have to escape.
private let odd =
    "</style><script>alert('x')</script> & \"a\" \\ ]]> \u{1B}\u{0}\u{FFFF} ä\u{1F514}"

@Suite struct ReportFormatTests {
    /// Two days with a gap, events and a calibration, all named with odd text.
    private func report(
        name: String = "mic", state: CalibrationState = .calibrated
    ) throws -> NoiseReport {
        let start = try utc("2026-11-22")
        let levels: [Double?] = (0..<48).map { 45 + Double($0 % 24) }
        var list = hours(from: start, levels)
        list[9] = LevelPeriod(start: list[9].start, end: list[9].end)
        for index in list.indices where list[index].state != nil { list[index].state = state }
        let event = SoundEvent(
            id: 1, source: name, label: name, onset: start.adding(seconds: 5_000),
            heardUntil: start.adding(seconds: 5_060), peakConfidence: 1, meanConfidence: 1,
            status: .complete)
        return NoiseReport(
            hours: list, source: name, generated: try utc("2026-11-25 08:00"), thresholds: [50, 60]
        ) {
            $0.events = [event]
            $0.loudestMinutes = [steady(start.adding(seconds: 7_200), 60, 70)]
            $0.loudestSecond = start.adding(seconds: 7_230)
            $0.unheard = [MissingAudio(start: list[9].start, end: list[9].end)]
            $0.calibrations = [
                Calibration(
                    source: name, input: "hw:1", time: start.adding(seconds: -86_400), note: name,
                    calibratorLevel: 94, calibratorFrequency: 1_000, measuredFrequency: 1_000,
                    spread: 0.01, before: nil, after: 120)
            ]
        }
    }

    private func document(
        _ format: ReportFormat, name: String = "mic", state: CalibrationState = .calibrated
    ) throws -> String {
        try withTimeZone("Europe/Berlin") {
            format.document(try report(name: name, state: state))
        }
    }

    private func textOfThreeHours() throws -> String {
        try withTimeZone("Europe/Berlin") { () throws in
            let start = try utc("2026-11-22 22:00")
            let report = NoiseReport(
                hours: hours(from: start, [60, nil, 50]), generated: try utc("2026-11-25 08:00"),
                thresholds: [55]
            ) {
                $0.unheard = [
                    MissingAudio(
                        start: start.adding(seconds: 3_600), end: start.adding(seconds: 7_200))
                ]
                $0.loudestSecond = start.adding(seconds: 61)
            }
            return ReportFormat.text.document(report)
        }
    }

    /// A day of three hours, as it is written for people.
    @Test func textIsForPeople() throws {
        #expect(
            try textOfThreeHours() == """
                NOISE REPORT
                Source       mic
                Period       2026-11-22 22:00:00 to 2026-11-23 01:00:00, local time, UTC+01:00
                Measured     one microphone, A-weighted, time weighting F for LAF and percentiles (IEC
                             61672-1:2013), no corrections for reflections or residual sound
                Calibration  Calibrated: sound pressure levels re 20 µPa, set with an acoustic \
                calibrator.
                Coverage     66.6 %: 2 h 00 m of 3 h 00 m were measured
                Made         2026-11-25 08:00:00

                Levels
                [Calibrated · Coverage 66.6 %]
                LAeq    57.4 dB(A)
                LAFmax  60.0 dB(A) at 2026-11-22 22:01:01
                LCpeak  73.0 dB(C)

                Term      Hours  dB(A)  Coverage %
                Lday      07-19      -         0.0  not measured
                Levening  19-23   60.0       100.0
                Lnight    23-07   50.0        50.0  less than 75.0 % measured
                Lden,24h             -        66.6  not given for less than a day

                Percentiles: LAF exceeded N % of the time, dB(A)
                [Calibrated · Coverage 66.6 %]
                  L1    L5   L10   L50   L90   L95   L99
                60.1  60.1  60.1  60.0  50.0  50.0  50.0

                Days, dB(A)
                [Calibrated · Coverage 66.6 %]
                Date        LAeq  Lday  Levening  Lnight  Lden,24h  LAFmax  Coverage %
                2026-11-22  60.0     -      60.0       -         -    60.0        50.0
                2026-11-23  50.0     -         -    50.0         -    50.0       100.0

                Hours, dB(A)
                [Calibrated · Coverage 66.6 %]
                Hour              LAeq  LAFmax  LCpeak   L10   L50   L90  Coverage %
                2026-11-22 22:00  60.0    60.0    73.0  60.1  60.1  60.0       100.0
                2026-11-22 23:00     -       -       -     -     -     -         0.0
                2026-11-23 00:00  50.0    50.0    63.0  50.1  50.1  50.0       100.0

                Loudest minutes, dB(A)
                [Calibrated · Coverage 66.6 %]
                none

                Time above levels
                [Calibrated · Coverage 66.6 %]
                LAF at least      Time  % of the measured time
                  55.0 dB(A)  1 h 00 m                    50.0
                0 events of the label loud

                Events
                [Calibrated · Coverage 66.6 %]
                none

                Not measured
                [Calibrated · Coverage 66.6 %]
                From                 To                   Duration  Cause
                2026-11-22 23:00:00  2026-11-23 00:00:00  1 h 00 m  not recorded

                """)
    }

    @Test func jsonHasAllFigures() throws {
        let text = try document(.json, name: odd)
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
            Set(json.keys) == [
                "source", "kind", "since", "until", "generated", "calibration", "coverage",
                "levels", "terms", "days", "hours", "loudest_minutes", "exceedances", "events",
                "loud_events",
            ])
        #expect(json["source"] as? String == odd)
        let terms = try #require(json["terms"] as? [String: [String: Any]])
        #expect(Set(terms.keys) == ["Lday", "Levening", "Lnight", "Lden"])
        #expect(terms["Lden"]?["label"] as? String == "Lden")
        #expect(terms["Lden"]?["days"] as? Double == 2)
        #expect((json["hours"] as? [[String: Any]])?.count == 48)
        #expect((json["days"] as? [[String: Any]])?.count == 2)
        let levels = try #require(json["levels"] as? [String: Any])
        #expect((levels["Ln"] as? [String: Any])?.count == 7)
        #expect((levels["bands_1_3"] as? [String: Any])?.count == 33)
        #expect(levels["LAFmax_time"] as? String == "2026-11-22T02:00:30.000+01:00")
        let exceedances = try #require(json["exceedances"] as? [[String: Any]])
        #expect(exceedances.map { $0["threshold"] as? Double } == [50, 60])
        let coverage = try #require(json["coverage"] as? [String: Any])
        #expect((coverage["missing"] as? [[String: Any]])?.first?["duration_s"] as? Double == 3_600)
    }

    @Test func csvHasTheHours() throws {
        let lines = try document(.csv).components(separatedBy: "\r\n")
        #expect(lines.count == 1 + 48 + 1)
        #expect(lines[0] == LevelFields.names.joined(separator: ","))
        #expect(lines[1].hasPrefix("mic,2026-11-22T00:00:00.000+01:00,2026-11-22T01:00:00.000+01"))
    }

    // MARK: HTML

    /// Well-formed XML, with everything the tests want to know about it.
    private func parse(_ html: String) throws -> Page {
        let page = Page()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = page
        guard parser.parse() else {
            Issue.record("line \(parser.lineNumber): \(parser.parserError.debugDescription)")
            return page
        }
        return page
    }

    @Test(arguments: CalibrationState.allCases)
    func htmlStandsByItself(_ state: CalibrationState) throws {
        let html = try document(.html, state: state)
        let page = try parse(html)
        #expect(page.elements["script"] == nil && page.elements["link"] == nil)
        #expect(page.elements["img"] == nil && page.elements["iframe"] == nil)
        let outside = page.attributes.filter {
            ["src", "href", "xlink:href", "style"].contains($0.key)
        }
        #expect(outside.isEmpty)
        #expect(page.attributes.allSatisfy { !$0.key.hasPrefix("on") })
        for text in ["url(", "@import", "//fonts", "https://"] { #expect(!html.contains(text)) }
        // The namespaces of the two languages are the only addresses.
        let addresses = html.components(separatedBy: "http://").dropFirst().map {
            String($0.prefix { $0 != "\"" })
        }
        #expect(Set(addresses) == ["www.w3.org/1999/xhtml", "www.w3.org/2000/svg"])
        #expect(html.hasPrefix("<!DOCTYPE html>"))
        #expect(html.contains("name=\"viewport\""))
    }

    /// Each chart is there in both widths and says in words what it shows.
    @Test func chartsHaveTextAlternatives() throws {
        let page = try parse(try document(.html))
        let charts = page.pictures.filter { $0["role"] == "img" }
        #expect(charts.count == 8)
        #expect(charts.filter { $0["class"] == "wide" }.count == 4)
        #expect(charts.allSatisfy { !($0["aria-label"] ?? "").isEmpty })
        #expect(page.pictures.allSatisfy { $0["role"] == "img" || $0["aria-hidden"] == "true" })
    }

    @Test func everySectionAndPageSaysHowFarItCanBeTrusted() throws {
        let html = try document(.html, state: .uncalibrated)
        let statement = "UNCALIBRATED: levels in dB re full scale, not sound pressure levels"
        let page = try parse(html)
        #expect(page.elements["section"] == page.texts.filter { $0.hasPrefix(statement) }.count)
        #expect(html.contains("@bottom-left"))
        let text = try document(.text, state: .uncalibrated)
        #expect(text.components(separatedBy: "\n[\(statement) · Coverage 97.9 %]\n").count == 10)
    }

    /// A gap is hatched and breaks the line; it is not a level of zero.
    @Test func aGapIsNotDrawnAsALevel() throws {
        let html = try document(.html)
        let line = try #require(
            html.components(separatedBy: "class=\"leq\"").first { $0.contains("aria-label=\"LAeq") }
        )
        let path = try #require(line.components(separatedBy: "<path d=\"").last)
        #expect(path.components(separatedBy: "M").count - 1 == 2)
        #expect(!path.lowercased().contains("nan") && !path.lowercased().contains("inf"))
    }

    @Test func oddNamesAreTextAndNothingElse() throws {
        let html = try document(.html, name: odd)
        let page = try parse(html)
        #expect(page.elements["script"] == nil)
        #expect(page.elements["style"] == 1)
        #expect(page.texts.contains { $0.contains("</style><script>alert('x')</script> & \"a\"") })
    }

    /// A name that reverses text would also reverse the statement at the foot of the page.
    @Test func namesTurnNoText() throws {
        for format in [ReportFormat.html, .text] {
            let text = try document(format, name: "a\u{202E}b\u{2067}c")
            #expect(!text.unicodeScalars.contains { $0.properties.isBidiControl })
        }
        #expect(HTMLText.cssString("a\u{202E}") == #""a\FFFD ""#)
        #expect(printable("a\u{2028}b\u{1B}שלום") == "a?b?שלום")
    }

    /// Whatever the names are, the page is well formed and has the same elements.
    @Test func randomNamesChangeNothing() throws {
        let seed = UInt64.random(in: 0...(.max))
        print("names: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let expected = try parse(try document(.html)).elements
        let alphabet = Array(
            "<>&\"'/\\;:{}@-!]#= \u{0}\u{1B}\u{7F}\u{FFFE}\n\tabcA0ä\u{2028}\u{1F514}")
        for _ in 0..<60 {
            let count = Int.random(in: 1...40, using: &random)
            let name = String((0..<count).map { _ in alphabet.randomElement(using: &random)! })
            let page = try parse(try document(.html, name: name))
            #expect(page.elements == expected, "\(name.debugDescription)")
        }
    }

    /// A style sheet that a name broke out of would have other rules.
    @Test func namesStayInTheirStringOfTheStyleSheet() {
        #expect(HTMLText.cssString("a\"}\\</style>\n") == #""a\22 \7D \5C \3C \2F style\3E \A ""#)
        #expect(HTMLText.cssString("Lden, 3-4 % (x)") == #""Lden, 3-4 % (x)""#)
    }

    /// Whatever the levels and the period are, the charts have numbers and the page is well formed.
    @Test func randomLevelsAreDrawn() throws {
        let seed = UInt64.random(in: 0...(.max))
        print("levels: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let choices: [Double?] = [nil, -.infinity, -250, -60, 0, 45, 60, 61, 250]
        for _ in 0..<40 {
            let count = Int.random(in: 1...100, using: &random)
            let levels = (0..<count).map { _ in choices.randomElement(using: &random)! }
            let hour = Double(Int.random(in: 0..<20_000, using: &random)) * 3_600
            let html = try withTimeZone("Europe/Berlin") { () throws in
                let start = try utc("2026-01-01").adding(seconds: hour)
                return ReportFormat.html.document(
                    NoiseReport(hours: hours(from: start, levels)) {
                        $0.loudestSecond = start.adding(seconds: 1)
                    })
            }
            let page = try parse(html)
            let numbers = page.attributes.filter {
                ["x", "y", "width", "height", "cx", "cy", "viewBox", "d"].contains($0.key)
            }
            let allowed = Set("0123456789.- MLHVlhvz")
            #expect(numbers.allSatisfy { $0.value.allSatisfy(allowed.contains) })
        }
    }

    @Test func nothingAtAllIsAReportToo() throws {
        for format in ReportFormat.allCases {
            let text = try withTimeZone("Europe/Berlin") { () throws in
                format.document(NoiseReport(hours: hours(from: try utc("2026-11-22"), [nil, nil])))
            }
            #expect(!text.isEmpty)
            if format == .html { _ = try parse(text) }
            if format == .text { #expect(text.contains("No levels were measured")) }
        }
    }
}

/// What a parser saw of a page.
private final class Page: NSObject, XMLParserDelegate {
    private(set) var elements: [String: Int] = [:]
    private(set) var attributes: [(key: String, value: String)] = []
    /// The attributes of the `svg` elements.
    private(set) var pictures: [[String: String]] = []
    /// The text of each element, without that of the elements in it.
    private(set) var texts: [String] = []
    private var open: [String] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        self.attributes += attributes.map { ($0.key, $0.value) }
        if name == "svg" { pictures.append(attributes) }
        open.append("")
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        open[open.count - 1] += text
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        texts.append(open.removeLast())
    }
}
