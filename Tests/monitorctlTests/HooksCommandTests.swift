import AlertTypes
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// 2026-11-22T17:00:00Z
private let evening = UTCTime(microseconds: 1_795_366_800_000_000)
private let period = ["--since", "2026-11-22T00:00:00Z"]

/// `monitorctl hooks`: the ledger of the commands of rules.
@Suite struct HooksCommandTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
        let store = try EventStore(path: path)
        var runs = (0..<6).map { number in
            HookRun(
                id: store.nextHookRunID(), rule: number == 1 ? "bark" : "alert", eventID: 7,
                firedAt: evening.adding(seconds: Double(number)),
                startedAt: evening.adding(seconds: Double(number) + 0.25))
        }
        (runs[0].outcome, runs[0].exitStatus, runs[0].durationSeconds) = (.exited, 0, 0.5)
        (runs[1].outcome, runs[1].exitStatus, runs[1].durationSeconds) = (.exited, 127, 61)
        runs[1].outputTail = "a, \"b\"\n/bin/sh: 1: notfiy: not found\n"
        (runs[2].outcome, runs[2].signal) = (.signalled, 9)
        runs[3].outcome = .failedToStart
        runs[3].outputTail = "/usr/local/bin/\u{1B}[2Jnotify does not exist"
        (runs[5].outcome, runs[5].outputTail) = (.dropped, "older than its expiry")
        (runs[5].alertID, runs[5].action, runs[5].attempt) = (3, "run notify", 2)
        (runs[5].occasion, runs[5].eventID) = (.resolved, 0)
        (runs[2].alertID, runs[2].action, runs[2].isTest) = (2, "run notify", true)
        try store.write(runs.map { .hookRun($0) })
        try store.close()
    }

    private func hooks(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(
            ["hooks", "--database", path] + arguments, environment: ["TZ": "Europe/Berlin"])
    }

    /// The ids in a CSV output.
    private func ids(_ arguments: [String]) throws -> [Int] {
        let output = try hooks(arguments + ["--format", "jsonl"])
        #expect(output.status == 0, "\(output.standardError)")
        struct Run: Decodable { let id: Int }
        return try output.standardOutput.split(separator: "\n").map {
            try JSONDecoder().decode(Run.self, from: Data($0.utf8)).id
        }
    }

    @Test func theLedgerAsATable() throws {
        let output = try hooks(period)
        #expect(output.status == 0)
        #expect(
            output.standardOutput == """
                STARTED              RULE   ALERT  EVENT  ACTION      OCCASION  ATTEMPT  OUTCOME      DURATION  OUTPUT
                2026-11-22 18:00:00  alert      -      7  -           fired           1  exited 0        0.5 s
                2026-11-22 18:00:01  bark       -      7  -           fired           1  exited 127   1 m 01 s  /bin/sh: 1: notfiy: not found
                2026-11-22 18:00:02  alert      2      7  run notify  test            1  signal 9            -
                2026-11-22 18:00:03  alert      -      7  -           fired           1  not started         -  /usr/local/bin/?[2Jnotify does not exist
                2026-11-22 18:00:04  alert      -      7  -           fired           1  waiting             -
                2026-11-22 18:00:05  alert      3      -  run notify  resolved        2  dropped             -  older than its expiry

                """)
    }

    @Test func theLedgerAsJSONAndCSV() throws {
        let json = try hooks(period + ["--rule", "bark", "--format", "json"])
        #expect(
            json.standardOutput == #"""
                [
                {"id":2,"rule":"bark","event_id":7,"fired_at":"2026-11-22T18:00:01.000+01:00",\#
                "started_at":"2026-11-22T18:00:01.250+01:00","outcome":"exited","exit_status":127,\#
                "signal":null,"duration_s":61.000,\#
                "output":"a, \"b\"\n/bin/sh: 1: notfiy: not found\n","alert_id":null,"action":"",\#
                "occasion":"fired","attempt":1,"test":false}
                ]

                """#)
        let csv = try hooks(period + ["--rule", "bark", "--format", "csv"])
        #expect(
            csv.standardOutput
                == "id,rule,event_id,fired_at,started_at,outcome,exit_status,signal,duration_s,"
                + "output,alert_id,action,occasion,attempt,test\r\n"
                + "2,bark,7,2026-11-22T18:00:01.000+01:00,2026-11-22T18:00:01.250+01:00,"
                + "exited,127,,61.000,\"a, \"\"b\"\"\n/bin/sh: 1: notfiy: not found\n\","
                + ",,fired,1,false\r\n")
    }

    @Test func theListIsChosen() throws {
        #expect(try ids(period) == [1, 2, 3, 4, 5, 6])
        #expect(try ids(period + ["--failed"]) == [2, 3, 4, 6])
        #expect(try ids(["--alert", "3"]) == [6])
        #expect(try ids(["--alert", "3", "--rule", "bark"]).isEmpty)
        #expect(try ids(["--limit", "2"]) == [5, 6])
        #expect(try ids(["--failed", "--limit", "2", "--rule", "alert"]) == [4, 6])
        #expect(
            try ids(["--since", "2026-11-22T17:00:01Z", "--until", "2026-11-22T17:00:03Z"])
                == [2, 3])
        #expect(try ids([]).isEmpty)
    }

    @Test func whatIsNotFoundIsSaid() throws {
        let none = try hooks([])
        #expect(none.status == 0)
        #expect(none.standardError.hasPrefix("monitorctl: no such command since "))
        let misspelt = try hooks(["--rule", "brak"] + period)
        let warning = "monitorctl: warning: no rule \"brak\" ever fired; known: alert, bark\n"
        #expect(misspelt.standardError.hasPrefix(warning))
        #expect(try hooks(["--limit", "0"]).status == 64)
        #expect(try hooks(["--since", "today", "--until", "yesterday"]).status == 64)
    }
}
