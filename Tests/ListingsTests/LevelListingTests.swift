import Foundation
import LevelTypes
import TestSupport
import Testing
import Timekeeping

@testable import Formats
@testable import Listings

@Suite struct LevelListingTests {
    private func listing(
        _ format: LevelFormat, _ periods: [(String, LevelPeriod)], sources: [String] = ["mic"],
        bands: Bool = false, room: Int? = nil
    ) -> String {
        withTimeZone("Europe/Berlin") {
            var listing = LevelListing(
                since: periods[0].1.start, until: periods[periods.count - 1].1.end, step: .hour,
                sources: sources, showsBands: bands, format: format, within: room)
            let rows = periods.map { listing.rows([$0.1], source: $0.0) }.joined()
            return listing.header + rows + listing.footer
        }
    }

    /// An hour of 60 dB with a second of overload, one without audio, and one of 48 minutes.
    private func periods() throws -> [(String, LevelPeriod)] {
        let start = try utc("2026-11-22T17:00:00Z")
        var first = steady(start, 3_600, 60)
        first.summary.overloadSeconds = 1
        first.summary.stuckSeconds = 2
        let second = start.adding(seconds: 3_600)
        let third = second.adding(seconds: 3_600)
        return [
            ("mic", first), ("mic", LevelPeriod(start: second, end: third)),
            ("mic", steady(third, 3_600, 48.26, heard: 2_880, state: .indicative)),
        ]
    }

    @Test func theTableIsAligned() throws {
        #expect(
            listing(.table, try periods()) == """
                START                  LAeq  LAFmax  LCpeak     L10     L50     L90  COVERAGE %  \
                CALIBRATION   FLAGS
                2026-11-22 18:00:00    60.0    60.0    73.0    60.1    60.1    60.0       100.0  \
                calibrated    overload stuck
                2026-11-22 19:00:00       -       -       -       -       -       -         0.0  -
                2026-11-22 20:00:00    48.3    48.3    61.3    48.4    48.4    48.3        80.0  \
                indicative

                Calibrated: sound pressure levels re 20 µPa, set with an acoustic calibrator.
                Indicative: levels re 20 µPa from a data sheet or a microphone file, not checked \
                with a calibrator; they may be off by several decibels.

                """)
    }

    /// The clock is set back: both hours from 02, distinguished by their UTC offsets.
    @Test func theClockIsShownWithItsOffsetWhereItIsSet() throws {
        let list = hours(from: try utc("2026-10-25T00:00:00Z"), [50, 51, 52]).map { ("mic", $0) }
        let lines = listing(.table, list).split(separator: "\n")
        #expect(lines[1].hasPrefix("2026-10-25 02:00:00+02:00    50.0"))
        #expect(lines[2].hasPrefix("2026-10-25 02:00:00+01:00    51.0"))
    }

    @Test func severalSourcesHaveAColumn() throws {
        let periods = try periods()
        let lines = listing(
            .table, [("a\u{1B}", periods[0].1), ("garden", periods[0].1)], sources: ["a", "garden"]
        ).split(separator: "\n")
        #expect(lines[0].hasPrefix("START                SOURCE    LAeq"))
        #expect(lines[1].hasPrefix("2026-11-22 18:00:00  a?        60.0"))
        #expect(lines[2].hasPrefix("2026-11-22 18:00:00  garden    60.0"))
    }

    @Test func uncalibratedLevelsAreSaidToBeRelative() throws {
        let start = try utc("2026-11-22T17:00:00Z")
        let text = listing(.table, [("mic", steady(start, 3_600, -40, state: .uncalibrated))])
        #expect(text.contains("  uncalibrated\n"))
        #expect(text.contains("UNCALIBRATED: the levels are relative to full scale (dB re FS)."))
        let json = try object(
            listing(.json, [("mic", steady(start, 3_600, -40, state: .uncalibrated))]))
        #expect(json["unit"] as? String == "dB re FS")
        #expect(json["calibration"] as? String == "uncalibrated")
    }

    @Test func aTerminalOf80ColumnsIsEnough() throws {
        let start = try utc("2026-11-22T17:00:00Z")
        var quiet = steady(start, 3_600, 60)
        quiet.summary.underrangeSeconds = 3_600
        quiet.summary.stuckSeconds = 3_600
        let text = listing(.table, [("mic", quiet)], room: 80)
        let lines = text.split(separator: "\n")[..<2]
        #expect(
            lines[0].split(separator: " ").map(String.init)
                == ["START", "LAeq", "LAFmax", "L10", "L90", "COVERAGE", "%", "FLAGS"])
        #expect(lines[1].hasSuffix("underrange stuck"))
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(text)")
        #expect(listing(.table, [("mic", quiet)]).contains("LCpeak"))
    }

    @Test func nothingIsAHeaderOnly() throws {
        let start = try utc("2026-11-22T17:00:00Z")
        let empty = LevelPeriod(start: start, end: start.adding(seconds: 60))
        #expect(listing(.table, [("mic", empty)]).split(separator: "\n").count == 2)
        let json = try object(listing(.json, [("mic", empty)]))
        #expect(json["calibration"] is NSNull && json["unit"] is NSNull)
        let listing = LevelListing(
            since: start, until: start, step: .hour, sources: [], showsBands: false, format: .json)
        #expect(listing.isEmpty)
        let none = try object(listing.header + listing.footer)["periods"] as? [Any]
        #expect(none?.isEmpty == true)
    }

    private func object(_ json: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    @Test func jsonHasThePiecesAndTheScale() throws {
        let text = listing(.json, try periods(), bands: true)
        let json = try object(text)
        #expect(json["every"] as? String == "1h")
        #expect(json["sources"] as? [String] == ["mic"])
        #expect(json["calibration"] as? String == "indicative")
        let periods = try #require(json["periods"] as? [[String: Any]])
        #expect(periods.count == 3)
        #expect(Set(periods[0].keys) == Set(LevelFields.names + ["bands_1_3"]))
        #expect(periods[0]["LAeq"] as? Double == 60)
        #expect(periods[0]["start"] as? String == "2026-11-22T18:00:00.000+01:00")
        #expect(periods[1]["LAeq"] is NSNull)
        #expect(periods[1]["coverage_percent"] as? Double == 0)
        #expect(periods[2]["coverage_percent"] as? Double == 80)
        let bands = try #require(periods[0]["bands_1_3"] as? [String: Double])
        #expect(bands.count == 33 && bands["31.5"] == 60 && bands["20000"] == 60)
        // One piece per line, for line-based tools.
        #expect(text.split(separator: "\n").count == 5)
    }

    @Test func jsonLinesAreThePieces() throws {
        let lines = listing(.jsonl, try periods()).split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines { _ = try object(String(line)) }
        #expect(
            lines[1] == """
                {"source":"mic","start":"2026-11-22T19:00:00.000+01:00",\
                "end":"2026-11-22T20:00:00.000+01:00","LAeq":null,"LAFmax":null,"LCpeak":null,\
                "L10":null,"L50":null,"L90":null,"coverage_percent":0.00,"overload_s":0.0,\
                "underrange_s":0.0,"stuck_s":0.0,"left_out_s":0.0,"calibration":null}
                """)
    }

    @Test func csvHasALineOfNames() throws {
        let lines = listing(.csv, try periods(), bands: true).components(separatedBy: "\r\n")
        #expect(lines.count == 5 && lines[4] == "")
        let names = lines[0].components(separatedBy: ",")
        #expect(names.count == 15 + 33)
        #expect(names[15] == "Leq_12.5_Hz" && names[47] == "Leq_20000_Hz")
        let cells = lines[1].components(separatedBy: ",")
        #expect(cells.count == names.count)
        #expect(
            cells[0..<15] == [
                "mic", "2026-11-22T18:00:00.000+01:00", "2026-11-22T19:00:00.000+01:00", "60.00",
                "60.00", "73.00", "60.09", "60.05", "60.01", "100.00", "1.0", "0.0", "2.0", "0.0",
                "calibrated",
            ])
        #expect(lines[2].contains(",,,,,,,0.00,"))
    }

    /// Only what is complete is 100 %.
    @Test func coverageIsRoundedDown() throws {
        let start = try utc("2026-11-22T17:00:00Z")
        let lacking = steady(start, 3_600, 60, heard: 3_599.9)
        #expect(listing(.csv, [("mic", lacking)]).contains(",99.99,"))
        #expect(listing(.table, [("mic", lacking)]).contains("  99.9  "))
        #expect(LevelText.coverage(0.3) == "30.0")
    }

    @Test func digitalSilenceIsNotNothing() throws {
        let start = try utc("2026-11-22T17:00:00Z")
        let silence = steady(start, 3_600, -.infinity)
        #expect(listing(.table, [("mic", silence)]).contains("    -inf    -inf    -inf  "))
        #expect(listing(.jsonl, [("mic", silence)]).contains("\"LAeq\":null"))
    }
}
