import EventStore
import Foundation
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Days across both clock changes, from a database to the figures. Expected values are 10 lg of
/// sums of powers, worked out next to each test.
@Suite struct ReportCommandTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
    }

    private func run(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(
            arguments + ["--database", path], environment: ["TZ": "Europe/Berlin"])
    }

    private func report(_ arguments: [String]) throws -> [String: Any] {
        let output = try run(["report", "--format", "json"] + arguments)
        #expect(output.status == 0 && output.standardError == "", "\(output.standardError)")
        let json = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
        return try #require(json as? [String: Any])
    }

    private func term(_ report: [String: Any], _ name: String, _ key: String) throws -> Double? {
        let terms = try #require(report["terms"] as? [String: [String: Any]])
        return terms[name]?[key] as? Double
    }

    /// Levels by the hour of the wall clock: night 50, day 60, evening 55 dB.
    private func usual(_ hour: Int) -> Double? {
        switch hour {
        case 7..<19: 60
        case 19..<23: 55
        default: 50
        }
    }

    /// 23 hours, without 10 to 11: 10 lg((11 · 10^6 + 4 · 10^5.5 + 7 · 10^5) / 22) = 57.704.
    @Test func theDayOfTheSpringChange() throws {
        let store = try EventStore(path: path)
        var levels = ([0, 1] + Array(3..<24)).map(usual)
        levels[9] = nil
        try store.fill("mic", from: springMidnight, hours: levels)
        // The seconds before and after belong to other days.
        try store.write([
            .level(source: "mic", second(springMidnight.adding(seconds: -1), 100)),
            .level(source: "mic", second(springMidnight.adding(seconds: 23 * 3_600), 100)),
        ])
        let report = try report(["--day", "2026-03-29"])
        #expect(report["since"] as? String == "2026-03-29T00:00:00.000+01:00")
        #expect(report["until"] as? String == "2026-03-30T00:00:00.000+02:00")
        #expect(try term(report, "Lday", "level") == 60)
        #expect(try term(report, "Levening", "level") == 55)
        #expect(try term(report, "Lnight", "level") == 50)
        #expect(try term(report, "Lnight", "measured_s") == 7 * 3_600)
        #expect(try term(report, "Lday", "coverage_percent") == 91.66)
        #expect(try term(report, "Lden", "level") == 60)
        let all = try #require(report["levels"] as? [String: Any])
        #expect(all["LAeq"] as? Double == 57.7)
        let coverage = try #require(report["coverage"] as? [String: Any])
        #expect(coverage["percent"] as? Double == 95.65)
        #expect(coverage["length_s"] as? Double == 82_800)
        let missing = try #require(coverage["missing"] as? [[String: Any]])
        #expect(missing.map { $0["start"] as? String } == ["2026-03-29T10:00:00.000+02:00"])
        #expect(missing.map { $0["duration_s"] as? Double } == [3_600])
        let hours = try #require(report["hours"] as? [[String: Any]])
        #expect(hours.count == 23)
        #expect(hours[9]["LAeq"] is NSNull && hours[9]["coverage_percent"] as? Double == 0)
        #expect(hours[8]["LAeq"] as? Double == 60)
        try store.close()
    }

    /// 25 hours; 62 dB in the first hour from 02, 56 dB in the second:
    /// Lnight = 10 lg((7 · 10^5 + 10^6.2 + 10^5.6) / 9) = 54.744, Lden = 62.202.
    @Test func theDayOfTheAutumnChange() throws {
        let store = try EventStore(path: path)
        var levels = ([0, 1, 2, 2] + Array(3..<24)).map(usual)
        (levels[2], levels[3]) = (62, 56)
        try store.fill("mic", from: autumnMidnight, hours: levels)
        try store.write([
            .gap(
                AudioGap(
                    source: "mic", start: autumnMidnight.adding(seconds: 100.5),
                    end: autumnMidnight.adding(seconds: 100.75), lostSamples: 12_000,
                    cause: .overrun))
        ])
        let report = try report(["--day", "2026-10-25", "--threshold", "55.5"])
        #expect(try term(report, "Lnight", "level") == 54.74)
        #expect(try term(report, "Lnight", "measured_s") == 9 * 3_600)
        #expect(try term(report, "Lden", "level") == 62.2)
        let hours = try #require(report["hours"] as? [[String: Any]])
        #expect(hours.count == 25)
        #expect(hours[2]["start"] as? String == "2026-10-25T02:00:00.000+02:00")
        #expect(hours[3]["start"] as? String == "2026-10-25T02:00:00.000+01:00")
        #expect(hours[2...3].map { $0["LAeq"] as? Double } == [62, 56])
        // 12 hours of the day and both of 02 to 03, of 25.
        let exceedance = try #require((report["exceedances"] as? [[String: Any]])?.first)
        #expect(exceedance["percent"] as? Double == 56)
        #expect(exceedance["duration_s"] as? Double == 50_400)
        let coverage = try #require(report["coverage"] as? [String: Any])
        #expect(coverage["percent"] as? Double == 100)
        #expect((coverage["missing"] as? [[String: Any]])?.first?["cause"] as? String == "overrun")

        // The same day in the output of `levels`.
        let day = ["--since", "2026-10-25", "--until", "2026-10-26"]
        let lines = try run(["levels", "--every", "1d", "--format", "csv"] + day)
            .standardOutput.components(separatedBy: "\r\n")
        let cells = lines[1].components(separatedBy: ",")
        #expect(cells[1] == "2026-10-25T00:00:00.000+02:00")
        #expect(cells[2] == "2026-10-26T00:00:00.000+01:00")
        #expect(cells[9] == "100.00")
        let table = try run(["levels"] + day).standardOutput.split(separator: "\n")
        #expect(table[3].hasPrefix("2026-10-25 02:00:00+02:00    62.0    62.0"))
        #expect(table[4].hasPrefix("2026-10-25 02:00:00+01:00    56.0    56.0"))
        try store.close()
    }

    /// 60 dB throughout a week of 167 hours.
    @Test func aWeekHasTheLdenOfItsDays() throws {
        let store = try EventStore(path: path)
        let monday = springMidnight.adding(seconds: -6 * 86_400)
        for day in 0..<7 {
            try store.write(
                stride(from: 0, to: day == 6 ? 82_800 : 86_400, by: 60).map { index in
                    let time = monday.adding(seconds: Double(day * 86_400 + index))
                    return .level(source: "mic", second(time, 60))
                })
        }
        let report = try report(["--week", "2026-03-29"])
        #expect(try term(report, "Lden", "level") == 66.4)
        #expect(try term(report, "Lden", "days") == 7)
        #expect(report["kind"] as? String == "week")
        let terms = try #require(report["terms"] as? [String: [String: Any]])
        #expect(terms["Lden"]?["label"] as? String == "Lden")
        #expect((report["days"] as? [Any])?.count == 7)
        #expect((report["hours"] as? [Any])?.count == 167)
        // One second of each minute.
        #expect(try term(report, "Lday", "coverage_percent") == 1.66)
        let text = try run(["report", "--week", "2026-03-29"]).standardOutput
        #expect(text.contains("of 7 days, not of a year; a term has too little audio"))
        #expect(text.contains("less than 75.0 % measured"))
        try store.close()
    }

    @Test func aSourceIsNamedWhenThereAreSeveral() throws {
        let store = try EventStore(path: path)
        try store.fill("garden", from: springMidnight, hours: [40], state: .indicative)
        try store.write([
            .level(source: "street", second(springMidnight, -30, state: .uncalibrated))
        ])
        let day = ["--day", "2026-03-29"]
        let refused = try run(["report"] + day)
        #expect(refused.status == 64)
        #expect(refused.standardError.contains("name one with --source: garden, street"))
        let garden = try run(["report", "--source", "garden"] + day).standardOutput
        #expect(garden.contains("LAeq    40.0 dB(A)"))
        #expect(garden.contains("[Indicative levels: not calibrated, may be off by several dB"))
        let street = try run(["report", "--source", "street"] + day).standardOutput
        #expect(street.contains("LAeq    -150.0 dB re FS"))
        let unknown = try run(["report", "--source", "attic"] + day)
        #expect(unknown.status == 0)
        #expect(
            unknown.standardError.contains(
                "warning: no level of the source \"attic\" was ever stored; known: garden, street"))
        #expect(unknown.standardError.contains("warning: no levels in Sunday 2026-03-29 in"))
        #expect(unknown.standardOutput.contains("No levels were measured"))
        let both = try run(
            ["levels", "--since", "2026-03-29", "--until", "2026-03-29 01:00", "--every", "1h"]
        ).standardOutput
        #expect(both.contains("2026-03-29 00:00:00  garden    40.0"))
        #expect(both.contains("2026-03-29 00:00:00  street  -150.0"))
        #expect(both.contains("UNCALIBRATED") && both.contains("Indicative"))
        try store.close()
    }

    @Test func aDatabaseWithoutLevelsIsExplained() throws {
        try EventStore(path: path).close()
        let report = try run(["report"])
        #expect(report.status == 0 && report.standardOutput == "")
        #expect(report.standardError == "monitorctl: no levels were ever stored in \(path)\n")
        let levels = try run(["levels", "--since", "2026-03-29", "--until", "2026-03-30"])
        #expect(levels.status == 0)
        #expect(
            levels.standardError == "monitorctl: no levels from 2026-03-29 00:00:00 to "
                + "2026-03-30 00:00:00 in \(path)\n")
        let json = try run(["levels", "--format", "json"]).standardOutput
        #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
        try FileManager.default.removeItem(atPath: path)
        #expect(try run(["report"]).status == 66)
        #expect(try run(["levels"]).status == 66)
    }

    /// The box was set up ten minutes ago: no rows of dashes for the day before.
    @Test func theFirstHourBeginsWithTheFirstLevel() throws {
        let store = try EventStore(path: path)
        let now = UTCTime.now().wholeSecond
        try store.write(
            (1...600).map { .level(source: "mic", second(now.adding(seconds: -Double($0)), 50)) })
        let lines = try run(["levels", "--format", "csv"])
            .standardOutput.split(separator: "\r\n")
        #expect((11...13).contains(lines.count - 1), "a row for each minute: \(lines.count)")
        let asked = try run(["levels", "--since", "2h", "--every", "1h", "--format", "csv"])
            .standardOutput.split(separator: "\r\n")
        #expect(asked.count - 1 >= 2)
        try store.close()
    }

    /// A period from long before the first level: what is written is bounded by what was stored.
    @Test(arguments: ["text", "json", "csv", "html"])
    func aPeriodOfDecadesIsBounded(_ format: String) throws {
        let store = try EventStore(path: path)
        try store.fill("garden", from: springMidnight, hours: [50, 60])
        try store.close()
        let output = try run(
            ["report", "--since", "1970-01-01", "--until", "2026-04-10", "--format", format])
        #expect(output.status == 0)
        #expect(output.standardError.contains("dates without audio are not listed"))
        #expect(output.standardOutput.utf8.count < 300_000)
        #expect(output.standardOutput.contains("2026-03-29"))
        if format == "csv" {
            // The hours of the one date with audio; the clock is set forward on it.
            #expect(output.standardOutput.split(separator: "\r\n").count == 24)
        }
        let century = try run(["report", "--since", "1970-01-01", "--until", "9999-01-01"])
        #expect(century.status == 64)
        #expect(century.standardError.contains("2932532 days apart"))
    }

    @Test func theReportGoesToAFile() throws {
        let store = try EventStore(path: path)
        try store.fill("mic", from: springMidnight, hours: [40])
        let file = directory.path("report.html")
        let day = ["--day", "2026-03-29", "--format", "html"]
        let output = try run(["report", "--output", file] + day)
        #expect(output.status == 0 && output.standardOutput == "" && output.standardError == "")
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasSuffix("</html>\n"))
        let nowhere = directory.path("no/report.html")
        let failed = try run(["report", "--output", nowhere] + day)
        #expect(failed.status == 73)
        #expect(
            failed.standardError
                == "monitorctl: error: \(nowhere): cannot be written: "
                + "No such file or directory (error 2)\n")
        try store.close()
    }

    /// Whatever is at the path stays what it is.
    @Test func whatIsNoFileIsNotReplaced() throws {
        let store = try EventStore(path: path)
        try store.fill("mic", from: springMidnight, hours: [40])
        try store.close()
        let day = ["report", "--day", "2026-03-29", "--output"]
        let file = directory.path("kept.txt")
        let link = directory.path("latest.txt")
        try Data("old".utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(try run(day + [link]).status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("NOISE REPORT"))
        let pipe = directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        #expect(try run(day + [pipe]).status == 0)
        var bytes = [UInt8](repeating: 0, count: 12)
        #expect(read(reader, &bytes, 12) == 12)
        #expect(String(decoding: bytes, as: UTF8.self) == "NOISE REPORT")
        let folder = try run(day + [directory.path(".")])
        #expect(folder.status == 73)
        #expect(folder.standardError.contains("Is a directory"))
    }

    @Test(arguments: [
        (["report", "--day", "nonsense"], "--day: \"nonsense\" is not a time"),
        (["report", "--day", "today", "--week", "today"], "only one of --day, --week and"),
        (["report", "--until", "1h"], "--until needs --since"),
        (["report", "--since", "1h", "--until", "2h"], "is not earlier than --until"),
        (["report", "--threshold", "201"], "--threshold 201.0 is not from -200 to 200"),
        (["report", "--threshold", "nan"], "--threshold nan is not from -200 to 200"),
        (["report", "--day-limits", "7,6,5"], "--day-limits: \"7,6,5\" are not the hours"),
        (["report", "--format", "pdf"], "pdf"),
        (["levels", "--every", "2h"], "2h"),
        (["levels", "--since", "1h", "--until", "2h"], "is not earlier than --until"),
    ])
    func aWrongCommandLineIsExplained(_ arguments: [String], _ message: String) throws {
        let output = try run(arguments)
        #expect(output.status == 64)
        #expect(output.standardOutput == "")
        #expect(output.standardError.contains(message), "\(output.standardError)")
    }

    @Test func bandsAreListed() throws {
        let store = try EventStore(path: path)
        try store.fill("mic", from: springMidnight, hours: [60])
        let output = try run([
            "levels", "--since", "2026-03-29", "--until", "2026-03-29 00:00:02", "--every", "1s",
            "--bands", "--format", "jsonl",
        ])
        let lines = output.standardOutput.split(separator: "\n")
        #expect(lines.count == 2)
        let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
        // A 33rd of the power: 10 lg 33 = 15.19 dB less.
        let bands = try #require(object?["bands_1_3"] as? [String: Double])
        #expect(bands.count == 33)
        #expect(bands.values.allSatisfy { abs($0 - 44.81) < 0.06 })
        #expect(object?["L50"] is NSNull)
        try store.close()
    }
}
