import AlertTypes
import EventStore
import Foundation
import TestSupport
import Testing
import Timekeeping

/// `monitorctl alerts`: what the rules told, and why.
@Suite struct AlertsCommandTests {
    private let database: AlertDatabase

    init() throws {
        database = try AlertDatabase()
    }

    /// The ids in a CSV output.
    private func ids(_ arguments: [String]) throws -> [Int64] {
        let output = try database.run(["alerts"] + arguments + ["--format", "csv"])
        #expect(output.status == 0, "\(output.standardError)")
        return Self.ids(output.standardOutput)
    }

    private static func ids(_ csv: String) -> [Int64] {
        csv.split(separator: "\r\n").dropFirst().compactMap {
            Int64($0.split(separator: ",")[1])
        }
    }

    @Test func theList() throws {
        let store = try database.fill()
        let output = try database.run(["alerts"] + AlertDatabase.period)
        #expect(output.status == 0 && output.standardError == "")
        #expect(
            output.standardOutput == """
                FIRED                ID  RULE         STATE    DURATION  SOURCE  EVENTS  WHAT
                2026-11-22 18:00:01   1  siren-alert  firing          -  yard         1  siren
                2026-11-22 18:00:02   2  siren-alert  firing          -  yard         1  siren
                2026-11-22 18:00:03   3  bark         cleared  1 m 00 s  yard         1  siren
                2026-11-22 18:00:04   4  siren-alert  test        0.0 s  yard         1  siren

                held back: 9 (9 cooldown); --suppressed lists them

                """)
        try store.close()
    }

    @Test func eachOptionSelects() throws {
        try database.fill().close()
        #expect(try ids(AlertDatabase.period) == [1, 2, 3, 4])
        #expect(try ids(["list"] + AlertDatabase.period) == [1, 2, 3, 4])
        #expect(try ids(["--firing"]) == [1, 2])
        #expect(try ids(["--limit", "2"]) == [3, 4])
        #expect(try ids(["--rule", "bark", "--limit", "9"]) == [3])
        #expect(try ids(["--source", "yard", "--limit", "1"]) == [4])
        #expect(try ids(["--source", "hall", "--limit", "9"]) == [])
        #expect(
            try ids(["--since", "2026-11-22T17:00:02Z", "--until", "2026-11-22T17:00:04Z"])
                == [2, 3])
        #expect(try ids([]) == [])
    }

    @Test func whatWasHeldBack() throws {
        try database.fill().close()
        let output = try database.run(["alerts", "--suppressed"] + AlertDatabase.period)
        #expect(
            output.standardOutput == """
                FIRST                LAST                 COUNT  RULE  REASON    BY
                2026-11-22 18:00:00  2026-11-22 18:00:05      9  bark  cooldown  -

                """)
        let none = try database.run(["alerts", "--suppressed"])
        #expect(none.status == 0)
        #expect(none.standardError.hasPrefix("monitorctl: no such suppression since "))
    }

    @Test func misspeltNamesAreSaid() throws {
        try database.fill().close()
        let output = try database.run(["alerts", "--rule", "brak", "--source", "yrad"])
        #expect(
            output.standardError.hasPrefix(
                """
                monitorctl: warning: no rule "brak" is known; known: bark, siren-alert
                monitorctl: warning: no source "yrad" is known; known: yard
                monitorctl: no such alert since
                """))
    }

    /// On a terminal of 60 columns no line is longer.
    @Test func theWidthOfATerminal() throws {
        try database.fill().close()
        let monitorctl = try BuiltProduct("monitorctl").path
        let command =
            "stty cols 60; exec '\(monitorctl)' alerts --limit 9 --database '\(database.path)'"
        let output = try RunningProcess(["/usr/bin/script", "-qec", command, "/dev/null"]).wait()
        let lines = output.standardOutput.split(whereSeparator: \.isNewline)
        #expect(lines.count == 5, "\(output)")
        #expect(lines.allSatisfy { $0.count <= 60 })
        #expect(lines.first?.contains("SOURCE") == false && lines.first?.hasSuffix("WHAT") == true)
    }

    @Test func oneAlert() throws {
        try database.fill().close()
        let output = try database.run(["alerts", "show", "1"])
        #expect(output.status == 0, "\(output.standardError)")
        for part in [
            "alert        1\nrule         siren-alert\nstate        firing\n",
            "detected     2026-11-22 18:00:01.250, 0.250 s after the sound\n",
            "hook start   2026-11-22 18:00:01.500, 0.200 s after the decision\n",
            "confidence at least 0.6  0.82\n", "exited 3  0.200 s     0.5 s\n    no network\n",
        ] {
            #expect(output.standardOutput.contains(part), "\(output.standardOutput)")
        }
        struct Fields: Decodable {
            struct Run: Decodable { let action: String, attempt: Int }
            let id: Int, runs: [Run]
        }
        let json = try database.run(["alerts", "show", "1", "--format", "json"]).standardOutput
        let fields = try JSONDecoder().decode(Fields.self, from: Data(json.utf8))
        #expect(fields.id == 1 && fields.runs.map(\.action) == ["run notify"])
        let none = try database.run(["alerts", "show", "99"])
        #expect(none.status == 66)
        #expect(
            none.standardError == "monitorctl: error: there is no alert 99 in \(database.path)\n")
    }

    @Test func howSoon() throws {
        try database.fill().close()
        let output = try database.run(["alerts", "stats"])
        #expect(output.status == 0)
        #expect(
            output.standardOutput.hasPrefix(
                "alerts       3, tests left out\nheld back    9 (9 cooldown)\n"))
        #expect(output.standardOutput.contains("sound to hook             1   0.500   0.500"))
        let json = try database.run(
            ["alerts", "stats", "--rule", "bark", "--format", "json"]
        ).standardOutput
        #expect(json.hasPrefix(#"{"alerts":1,"suppressed":9,"suppressed_by_reason":{"#))
        #expect(json.contains(#"{"cooldown":9,"schedule":0,"#))
        #expect(json.contains(#""sound_to_hook_s":null"#))
        #expect(
            try database.run(["alerts", "stats", "--since", "tomorrow"]).status == 64)
    }

    /// A change is told once, and nothing twice.
    @Test func followPrintsAlertsAndTheirChanges() async throws {
        let store = try database.fill()
        let process = try database.start(
            ["alerts", "--follow", "--limit", "1", "--format", "jsonl"])
        struct Line: Decodable, Equatable {
            let id: Int64, status: String, repeats: Int, acknowledgement: String?
        }
        func lines() throws -> [Line] {
            try process.standardOutput().split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
        }
        var expected = [Line(id: 4, status: "resolved", repeats: 0, acknowledgement: nil)]
        func expect(_ line: Line) async throws {
            expected.append(line)
            try await waitUntil("\(line)") { try lines().count >= expected.count }
            #expect(try lines() == expected)
        }
        try await waitUntil("the last one is shown") { try lines() == expected }
        // Alert 1, which was not shown, is over; alert 5 is new, and then repeated.
        var first = AlertDatabase.alert(1)
        (first.resolvedAt, first.resolution) = (AlertDatabase.evening.adding(seconds: 9), .cleared)
        try store.write([.alerts(AlertChanges(alerts: [first]))])
        try await expect(Line(id: 1, status: "resolved", repeats: 0, acknowledgement: nil))
        var new = AlertDatabase.alert(5)
        try store.write([.alerts(AlertChanges(alerts: [new]))])
        try await expect(Line(id: 5, status: "firing", repeats: 0, acknowledgement: nil))
        new.repeats = 1
        try store.write([.alerts(AlertChanges(alerts: [new]))])
        try await expect(Line(id: 5, status: "firing", repeats: 1, acknowledgement: nil))
        #expect(try database.run(["ack", "2", "--comment", "mine"]).status == 0)
        try await expect(Line(id: 2, status: "firing", repeats: 0, acknowledgement: "mine"))
        // Another event in an alert is not worth telling.
        new.eventCount = 2
        let other = AlertDatabase.alert(6)
        try store.write([.alerts(AlertChanges(alerts: [new, other]))])
        try await expect(Line(id: 6, status: "firing", repeats: 0, acknowledgement: nil))
        process.send(SIGTERM)
        #expect(try process.wait().standardError == "")
        try store.close()
    }

    @Test func followTakesOnlyWhatIsAskedFor() async throws {
        let store = try database.fill()
        let process = try database.start(
            ["alerts", "-f", "--firing", "--rule", "siren-alert", "--format", "csv"])
        func shown() throws -> [Int64] { Self.ids(try process.standardOutput()) }
        try await waitUntil("those that fire are shown") { try shown() == [1, 2] }
        let alerts = [AlertDatabase.alert(5, rule: "bark"), AlertDatabase.alert(6)]
        try store.write([.alerts(AlertChanges(alerts: alerts))])
        try await waitUntil("the new one is shown") { try shown().count > 2 }
        #expect(try shown() == [1, 2, 6])
        try store.close()
    }

    @Test(arguments: [
        (["--limit", "0"], "--limit 0 is not 1 or more"),
        (["--follow", "--until", "now"], "--follow does not go with --until"),
        (["--follow", "--format", "json"], "use --format jsonl"),
        (["--suppressed", "--firing"], "--suppressed goes with none of"),
        (["--since", "soon"], "\"soon\" is not a time"),
        (["show", "x"], "x"), (["show"], "<id>"),
    ])
    func aWrongCommandLineIsExplained(_ arguments: [String], _ message: String) throws {
        let output = try database.run(["alerts"] + arguments)
        #expect(output.status == 64)
        #expect(output.standardError.contains(message), "\(output.standardError)")
    }

    /// As every other command that reads.
    @Test func aDatabaseThatIsNotThere() throws {
        for command in [
            ["alerts"], ["alerts", "show", "1"], ["alerts", "stats"], ["silence"], ["ack", "1"],
            ["silence", "add", "--for", "1h"], ["silence", "expire", "1"], ["reload"],
        ] {
            let output = try database.run(command)
            #expect(output.status == 66, "\(command): \(output.standardError)")
            #expect(output.standardError.contains("there is no event database"))
        }
    }
}
