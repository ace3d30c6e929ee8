import AlertTypes
import Foundation
import Listings
import TestSupport
import Testing
import Timekeeping

@Suite struct AlertReportTests {
    private var alert: Alert {
        var alert = eventAlert(42)
        var retracted = alert.events[0]
        (retracted.id, retracted.isRetracted, retracted.lafMaximum) = (143, true, nil)
        alert.events.append(retracted)
        alert.eventCount = 60
        alert.repeats = 1
        (alert.resolvedAt, alert.resolution) = (evening.adding(seconds: 90.4), .cleared)
        alert.acknowledgedAt = evening.adding(seconds: 70)
        alert.acknowledgement = "fire \u{1B}drill"
        return alert
    }

    /// A failed attempt and one that went well, a repetition that waits, and one that never was.
    private var runs: [HookRun] {
        func run(
            _ id: Int64, _ occasion: Occasion, attempt: Int = 1, at second: Double
        ) -> HookRun {
            HookRun(
                id: id, rule: "siren-alert", alertID: 42, action: "run notify",
                occasion: occasion, attempt: attempt, eventID: 142,
                firedAt: evening.adding(seconds: occasion == .fired ? 0.4 : 60),
                startedAt: evening.adding(seconds: second))
        }
        var runs = [
            run(1, .fired, at: 0.462), run(2, .fired, attempt: 2, at: 5.45),
            run(3, .repeated, at: 60.125), run(4, .resolved, at: 100),
        ]
        (runs[0].outcome, runs[0].exitStatus, runs[0].durationSeconds) = (.exited, 75, 0.5)
        runs[0].outputTail = "no network\n\n\u{1B}[2Jsorry\n"
        (runs[1].outcome, runs[1].exitStatus, runs[1].durationSeconds) = (.exited, 0, 61)
        runs[2].outcome = .interrupted
        runs[3].outcome = .dropped
        runs[3].outputTail = "older than its expiry"
        return runs
    }

    @Test func forPeople() {
        let text = withTimeZone("Europe/Berlin") { AlertReport(alert, runs: runs).text }
        #expect(
            text == """
                alert        42
                rule         siren-alert
                state        over at 2026-11-22 18:01:30.400, after 1 m 30 s, cleared
                source       yard
                about        event 142
                sound        2026-11-22 18:00:00.000
                detected     2026-11-22 18:00:00.400, 0.400 s after the sound
                fired        2026-11-22 18:00:00.400, 0.000 s after detection
                decided      2026-11-22 18:00:00.450, 0.050 s after firing, by the wall
                hook start   2026-11-22 18:00:00.462, 0.012 s after the decision
                repeated     1
                known since  2026-11-22 18:01:10.000: fire ?drill

                CONDITION                FOUND
                confidence at least 0.6  0.82

                ONSET                DURATION  LABEL  CONFIDENCE  LAFmax  SOURCE  EVENT  STATUS
                2026-11-22 18:00:00     1.5 s  siren        0.82    61.3  yard      142  heard
                2026-11-22 18:00:00     1.5 s  siren        0.82       -  yard      143  retracted
                the newest 2 of 60 events

                STARTED                  ACTION      OCCASION  ATTEMPT  OUTCOME        DELAY  DURATION
                2026-11-22 18:00:00.462  run notify  fired           1  exited 75    0.012 s     0.5 s
                    no network
                    ?[2Jsorry
                2026-11-22 18:00:05.450  run notify  fired           2  exited 0     5.000 s  1 m 01 s
                2026-11-22 18:01:00.125  run notify  repeated        1  interrupted  0.125 s         -
                -                        run notify  resolved        1  dropped            -         -
                    older than its expiry

                """)
    }

    @Test func aTestIsMarked() {
        var test = levelAlert(7, at: 0)
        (test.isTest, test.readings) = (true, [])
        let text = AlertReport(test, runs: []).text
        #expect(text.hasPrefix("alert        7, a test: nothing was heard\n"))
        #expect(text.contains("hook start   -\n"))
        #expect(!text.contains("CONDITION") && !text.contains("ONSET") && !text.contains("ACTION"))
    }

    @Test func forPrograms() throws {
        struct Fields: Decodable {
            struct Run: Decodable {
                let id: Int, attempt: Int, outcome: String, output: String, occasion: String
                let startDelayS: Double?
            }
            struct Event: Decodable { let id: Int, retracted: Bool }
            let id: Int
            let hookStartedAt: String?
            let events: [Event]
            let runs: [Run]
        }
        let json = withTimeZone("UTC") { AlertReport(alert, runs: runs).json }
        let fields = try snakeCaseDecoder.decode(Fields.self, from: Data(json.utf8))
        #expect(fields.id == 42)
        #expect(fields.hookStartedAt == "2026-11-22T17:00:00.462+00:00")
        #expect(fields.events.map(\.retracted) == [false, true])
        #expect(fields.runs.map(\.startDelayS) == [0.012, 5, 0.125, nil])
        #expect(fields.runs.map(\.attempt) == [1, 2, 1, 1])
        #expect(fields.runs[0].output == "no network\n\n\u{1B}[2Jsorry\n")
        #expect(!json.contains("\u{1B}"))
    }

    /// What a monitor left behind before it had started did not start.
    @Test func anInterruptedRunThatHadNotStarted() throws {
        var run = runs[0]
        (run.outcome, run.exitStatus, run.durationSeconds) = (.interrupted, nil, nil)
        run.outputTail = HookRun.notStarted + ": the monitor ended"
        #expect(AlertReport(alert, runs: [run]).json.contains("\"hook_started_at\":null"))
        run.outputTail = ""
        #expect(!AlertReport(alert, runs: [run]).json.contains("\"hook_started_at\":null"))
    }
}
