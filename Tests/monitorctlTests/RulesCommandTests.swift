import AlertTypes
import EventStore
import Foundation
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// 2026-11-22T17:00:00Z
private let evening = UTCTime(microseconds: 1_795_366_800_000_000)

/// `monitorctl rules`: rules, before they are trusted.
@Suite struct RulesCommandTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let product: BuiltProduct

    /// A database of ten minutes: sirens at 0:10, 0:40 and 5:00, a gap from 7:00 to 8:00, and
    /// scores of a siren at 9:00 that was no event.
    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
        let store = try EventStore(path: path)
        try store.write([
            .session(
                ListeningSession(
                    id: store.nextSessionID(), source: "microphone", started: evening,
                    ended: time(600), sampleRate: .hz48000, capturedSamples: 1, lostSamples: 0,
                    model: "m", status: .complete)),
            .gap(
                AudioGap(
                    source: "microphone", start: time(420), end: time(480), lostSamples: 1,
                    cause: .disconnected)),
            .scores(
                (540..<543).map { second in
                    SecondScores(
                        source: "microphone", start: time(Double(second)),
                        labels: ["siren", "dog_bark"], maxima: [UInt8(second - 430), 0])
                }),
        ])
        for (onset, peak) in [(10.0, 0.9), (40, 0.8), (300, 0.5)] {
            try store.write([
                .event(
                    SoundEvent(
                        id: store.nextEventID(), source: "microphone", label: "siren",
                        onset: time(onset), heardUntil: time(onset + 5), peakConfidence: peak,
                        meanConfidence: 0.4, status: .complete))
            ])
        }
        try store.close()
        try write(
            """
            rules:
              - name: siren
                labels: [siren]
                minimum_confidence: 0.6
                cooldown: 2m
                then:
                  - run: [/bin/sh, -c, 'echo "test: $EARWITNESS_TEST"; cat; exit 3']
                  - shell: echo well
            """, to: "rules.yaml")
    }

    private func time(_ seconds: Double) -> UTCTime { evening.adding(seconds: seconds) }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: directory.path(name)))
    }

    private func rules(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(["rules"] + arguments, environment: ["TZ": "UTC"])
    }

    private var period: [String] {
        ["--since", "2026-11-22 17:00", "--until", "2026-11-22 18:00", "--database", path]
    }

    // MARK: check

    @Test func checkCountsTheRules() throws {
        let output = try rules(["check", directory.path("rules.yaml")])
        #expect(output.status == 0)
        #expect(output.standardOutput == "1 rule, no fault\n")
    }

    @Test func checkNamesFaultsAsCompilersDo() throws {
        try write("rules:\n  - name: a\n    labels: [sirene]\n    command: [x]\n", to: "bad.yaml")
        let file = directory.path("bad.yaml")
        let output = try rules(["check", file])
        #expect(output.status == 78)
        #expect(output.standardError.hasPrefix("\(file):3:14: unknown label 'sirene'"))
    }

    @Test func checkWarns() throws {
        try write(
            "rules:\n  - name: a\n    labels: []\n    command: [no-such-program]\n", to: "odd.yaml")
        let output = try rules(["check", directory.path("odd.yaml")])
        #expect(output.status == 0)
        let advice = "odd.yaml:3:13: warning: rule 'a': the list is empty"
        #expect(output.standardError.contains(advice))
        #expect(output.standardError.contains("warning: rule 'a': no-such-program is in no folder"))
    }

    // MARK: replay

    @Test func replayPrintsWhatWouldHaveFired() throws {
        let output = try rules(["replay", directory.path("rules.yaml")] + period)
        #expect(output.status == 0, "\(output.standardError)")
        let lines = output.standardOutput.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        #expect(lines[1].hasPrefix("2026-11-22 17:00:10  siren  fired     event 1"))
        #expect(lines[1].hasSuffix("confidence at least 0.60: 0.90"))
        #expect(lines[3] == "siren       1    1: 1 cooldown")
    }

    @Test func replayShowsWhatDiffers() throws {
        let text = try String(contentsOfFile: directory.path("rules.yaml"), encoding: .utf8)
        try write(text.replacing("0.6", with: "0.4"), to: "new.yaml")
        let arguments = ["replay", directory.path("new.yaml"), "--diff", "--against"]
        let output = try rules(arguments + [directory.path("rules.yaml")] + period)
        #expect(output.status == 0, "\(output.standardError)")
        let changes = output.standardOutput.split(separator: "\n").filter {
            $0.hasPrefix("+") || $0.hasPrefix("-")
        }
        #expect(changes.count == 1)
        #expect(changes.first?.hasPrefix("+ 2026-11-22 17:05:00  siren") == true)
    }

    @Test func replayTriesOtherThresholds() throws {
        let file = directory.path("rules.yaml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try write(text.replacing("0.6", with: "0.4"), to: "low.yaml")
        let arguments = ["replay", directory.path("low.yaml"), "--threshold", "siren=0.43"]
        let output = try rules(arguments + ["--format", "json"] + period)
        struct Report: Decodable {
            struct Alert: Decodable {
                struct Event: Decodable { let id: Int }
                let rule: String
                let events: [Event]
            }
            let alerts: [Alert]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(output.standardOutput.utf8))
        #expect(report.alerts.map(\.rule) == ["siren"])
        #expect(report.alerts.first?.events.map(\.id) == [-1])
        #expect(try rules(arguments + ["--threshold", "siren=2"] + period).status == 64)
        let unknown = try rules(
            ["replay", file, "--threshold", "sirene=0.4"] + period)
        #expect(unknown.status == 64)
    }

    // MARK: explain

    @Test(arguments: [
        ("17:00:12", "siren was firing at"), ("17:00:42", "cooldown of 2m"),
        ("17:05:02", "confidence at least 0.60 (found: 0.50)"), ("17:07:30", "disconnected"),
        ("17:09:00", "the highest score of siren at microphone: 0.44"),
    ])
    func explainSaysWhy(at time: String, words: String) throws {
        let output = try rules([
            "explain", "siren", "--at", "2026-11-22 \(time)", "--config",
            directory.path("rules.yaml"), "--database", path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput.contains(words), "\(output.standardOutput)")
    }

    @Test func explainNeedsARuleAndAPast() throws {
        let common = ["--config", directory.path("rules.yaml"), "--database", path]
        #expect(try rules(["explain", "x", "--at", "2026-11-22 17:01"] + common).status == 66)
        #expect(try rules(["explain", "siren", "--at", "2026-11-01"] + common).status == 66)
    }

    // MARK: test

    @Test func testsOfRules() throws {
        try write(
            """
            rules: rules.yaml
            tests:
              - name: good
                timeline: [{at: 1s, event: {label: siren}}]
                expect: [{at: 1s, fired: siren}]
              - name: bad
                timeline: [{at: 1s, event: {label: siren}}]
                expect: [{at: 9s, fired: siren}]
            """, to: "test.yaml")
        let file = directory.path("test.yaml")
        let output = try rules(["test", file])
        #expect(output.status == 1)
        #expect(
            output.standardOutput == """
                pass  good
                FAIL  bad (\(file):6)
                  + 1500ms: fired siren, 1 event
                  - 9s: fired siren
                2 tests, 1 failed

                """)
    }

    // MARK: fire

    private var common: [String] {
        ["--config", directory.path("rules.yaml"), "--database", path]
    }

    @Test func aDryRunRunsNothing() throws {
        let output = try rules(["fire", "siren", "--dry-run"] + common)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput.contains("EARWITNESS_TEST=true\n"))
        #expect(output.standardOutput.contains("EARWITNESS_LABEL=siren\n"))
        #expect(output.standardOutput.contains("shell: echo well\n"))
        #expect(try EventReader(path: path).alerts().isEmpty)
    }

    @Test func aRealTestIsRunAndRecorded() throws {
        let output = try rules(["fire", "siren", "--real"] + common)
        #expect(output.status == 69)
        #expect(output.standardOutput.contains("action run sh ended with 3"))
        #expect(output.standardOutput.contains("  test: true\n"))
        #expect(output.standardOutput.contains("action shell ended with 0"))
        _ = try rules(["fire", "siren", "--real"] + common)
        let reader = try EventReader(path: path)
        let alerts = try reader.alerts()
        #expect(Set(alerts.map(\.id)) == [-1, -2])
        #expect(alerts.allSatisfy { $0.isTest && $0.resolution == .test })
        let runs = try reader.hookRuns()
        #expect(Set(runs.map(\.id)) == [-1, -2, -3, -4])
        #expect(runs.allSatisfy { $0.isTest && $0.outcome == .exited })
        // The monitor goes on counting from 1, and a test is no firing.
        let store = try EventStore(path: path)
        #expect(store.lastAlertID == 0)
        #expect(store.nextHookRunID() == 1)
        #expect(try store.lastFirings().isEmpty)
        #expect(try store.unfinishedRuns().isEmpty)
        try store.close()
    }

    @Test func withoutADatabaseItIsRunAllTheSame() throws {
        let output = try rules([
            "fire", "siren", "--real", "--config", directory.path("rules.yaml"), "--database",
            directory.path("none.db"),
        ])
        #expect(output.status == 69)
        #expect(output.standardOutput.contains("action shell ended with 0"))
        #expect(output.standardError.contains("the test is not recorded"))
    }

    @Test func oneOfDryRunAndReal() throws {
        #expect(try rules(["fire", "siren"] + common).status == 64)
        #expect(try rules(["fire", "siren", "--real", "--dry-run"] + common).status == 64)
    }
}
