import AlertTypes
import EventStore
import Foundation
import GRDB
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Monitoring

/// What the log says of a change that was not stored can be entered by hand: it is the row.
@Suite struct StoreChangeTests {
    private static let heard = SoundEvent(
        id: 7, part: 2, source: "mic \"1\"\n", label: "dog", onset: evening,
        heardUntil: evening.adding(seconds: 1.25), peakConfidence: 0.875, meanConfidence: 0.5,
        status: .complete,
        levels: EventLevels(
            seconds: 1.25, exposureA: 1.25e-6, fastMaximum: 1e-5, background: nil,
            scale: LevelScale(fullScaleDecibels: 120.5, state: .calibrated, correction: "umik")))

    private static let changes: [(table: String, StoreChange, missing: Set<String>)] = [
        // The order of the ends is that of the database.
        ("event", .event(heard), ["ended_order"]),
        (
            "gap",
            .gap(
                AudioGap(
                    source: "mic", start: evening, end: evening.adding(seconds: 1),
                    lostSamples: 48_000, cause: .overrun)), []
        ),
        (
            "recording",
            .session(
                ListeningSession(
                    id: 3, source: "mic", started: evening, ended: evening.adding(seconds: 9),
                    sampleRate: .hz48000, capturedSamples: 1, lostSamples: 2, model: "m",
                    status: .running)), []
        ),
        (
            "hook_run",
            .hookRun(
                HookRun(
                    id: 4, rule: "r", eventID: 7, firedAt: evening, startedAt: evening,
                    outcome: .exited, exitStatus: 1, durationSeconds: 0.5, outputTail: "a\u{1B}")),
            []
        ),
        // It is given its number when it is stored.
        (
            "reload",
            .reload(ConfigurationReload(time: evening, isAccepted: false, message: "a\n\"b\"")),
            ["id"]
        ),
    ]

    /// An alert, with a row for each of its parts.
    private static let decided = AlertChanges(
        alerts: [
            Alert(
                id: 5, rule: "r", group: "event 7", source: "mic", soundAt: evening,
                detectedAt: evening, firedAt: evening, decidedAt: evening,
                readings: [ConditionReading(condition: "LAeq above 65 dB", value: "67.3 dB")],
                events: [
                    AlertEvent(
                        id: 7, source: "mic", label: "dog\n", onset: evening, heardUntil: evening,
                        confidence: 0.5)
                ], eventCount: 1)
        ],
        runs: [
            HookRun(
                id: 4, rule: "r", alertID: 5, action: "a", eventID: 7, firedAt: evening,
                startedAt: evening, input: "{\"id\":5}")
        ], rules: [RuleRecord(rule: "r", json: "{}")],
        suppressions: [
            Suppression(
                rule: "r", reason: .cooldown, by: "", hour: evening, first: evening, last: evening,
                count: 2)
        ])

    @Test func whatTheRulesDecidedIsOneLineWithARowForEachTable() throws {
        let directory = try TemporaryDirectory()
        try EventStore(path: directory.path("events.db")).close()
        let queue = try DatabaseQueue(path: directory.path("events.db"))
        let line = StoreChange.alerts(Self.decided).logText
        #expect(!line.contains("\n"))
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [[String: Any]])
        let tables = rows.compactMap { $0["table"] as? String }
        #expect(tables == ["alert", "alert_event", "hook_run", "rule_state", "suppression"])
        for (table, row) in zip(tables, rows) {
            let columns = try queue.read { db in
                try String.fetchAll(
                    db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
            }
            #expect(Set(row.keys) == Set(columns + ["table"]), "\(table)")
        }
        try queue.close()
    }

    @Test func ofScoresTheLogSaysHowManyThereAre() {
        let seconds = (0..<3).map { second in
            SecondScores(
                source: "mic", start: evening.adding(seconds: Double(second)), labels: ["dog"],
                maxima: [1])
        }
        #expect(
            StoreChange.scores(seconds).logText == "scores of mic from \(evening.rfc3339): 3 s")
    }

    @Test func everyColumnIsThere() throws {
        let directory = try TemporaryDirectory()
        try EventStore(path: directory.path("events.db")).close()
        let queue = try DatabaseQueue(path: directory.path("events.db"))
        for (table, change, missing) in Self.changes {
            let line = change.logText
            #expect(!line.contains("\n"))
            let row = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(row["table"] as? String == table)
            let columns = try queue.read { db in
                try String.fetchAll(
                    db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
            }
            #expect(Set(row.keys) == Set(columns).subtracting(missing).union(["table"]))
        }
        try queue.close()
    }

    @Test func theValuesAreExact() throws {
        let line = StoreChange.event(Self.heard).logText
        let row = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(row["source"] as? String == "mic \"1\"\n")
        #expect(row["onset_us"] as? Int64 == evening.microseconds)
        #expect(row["heard_until_us"] as? Int64 == evening.microseconds + 1_250_000)
        #expect(row["peak_confidence"] as? Double == 0.875)
        #expect(row["laeq_dbfs"] as? Double == -60)
        #expect(row["lafmax_dbfs"] as? Double == -50)
        #expect(row["background_dbfs"] is NSNull)
        let scale = try #require(row["scale"] as? [String: Any])
        #expect(scale["full_scale_db"] as? Double == 120.5)
        #expect(scale["correction"] as? String == "umik")
    }
}
