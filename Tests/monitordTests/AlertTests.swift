import AlertTypes
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Alerts of the daemon: stored, told, silenced, loaded again, and never lost.
@Suite struct AlertTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    private func configuration(_ rules: String) throws -> String {
        try place.file("monitord.yaml", Scene.tracking + "rules:\n" + rules)
    }

    private func reader() throws -> EventReader { try EventReader(path: place.database) }

    private func alerts() throws -> [Alert] {
        guard FileManager.default.fileExists(atPath: place.database) else { return [] }
        return try reader().alerts()
    }

    @Test func anAlertIsToldAtItsBeginningAndItsEnd() async throws {
        let note = place.directory.path("note")
        let path = try place.recording("scene.wav", Scene.birdAndSiren())
        let output = try await place.hear(
            path,
            [
                "--config",
                configuration(
                    """
                      - name: siren-alert
                        labels: [siren]
                        resolved: true
                        shell: 'cat >> "\(note)"; echo "told $EARWITNESS_OCCASION"'
                      - name: two-sounds
                        at_least: 2
                        within: 1m
                        then: [{log: warning}]
                    """),
            ])
        #expect(output.status == 0, "\(output.standardError)")
        let alerts = try alerts()
        let siren = try #require(alerts.first { $0.rule == "siren-alert" })
        #expect(siren.resolution == .cleared && siren.events.map(\.label) == ["siren"])
        #expect(siren.readings == [ConditionReading(condition: "label siren", value: "siren")])
        #expect(siren.soundAt < siren.detectedAt && siren.detectedAt <= siren.firedAt)
        let runs = try reader().hookRuns(alerts: siren.id...siren.id)
        #expect(runs.map(\.occasion) == [.fired, .resolved])
        #expect(runs.map(\.outputTail) == ["told fired\n", "told resolved\n"])
        let two = try #require(alerts.first { $0.rule == "two-sounds" })
        #expect(two.events.count == 2)
        #expect(lines(output.standardError, with: "rule two-sounds, alert").count >= 1)
        let told = try String(contentsOfFile: note, encoding: .utf8).split(separator: "\n")
        #expect(told.count == 2)
        for line in told {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let fields = try #require(object as? [String: Any])
            #expect(fields["alert_id"] as? Int64 == siren.id)
        }
    }

    @Test func aSilenceHoldsBackUntilItEnds() async throws {
        let process = try place.listen(
            to: Scene.endlessSiren(),
            [
                "--config",
                configuration("  - {name: siren-alert, labels: [siren], shell: 'true'}\n"),
            ],
            silenced: place)
        try await waitUntil("the siren is heard") { try !place.events().isEmpty }
        try await Task.sleep(for: .milliseconds(500))
        #expect(try alerts().isEmpty)
        let silences = try reader().silences()
        _ = try SilenceWriter(path: place.database).expire(silences[0].id, at: .now())
        try await waitUntil("the rule fires") { try !alerts().isEmpty }
        let alert = try alerts()[0]
        _ = try AlertMarker(path: place.database).acknowledge(
            alert: alert.id, at: .now(), comment: "seen")
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
        #expect(try alerts().first?.acknowledgement == "seen")
    }

    /// A file with a fault changes nothing; one without is in force at once.
    @Test func rulesAreLoadedAgain() async throws {
        let path = try configuration("  - {name: bird-alert, labels: [bird], shell: 'true'}\n")
        let process = try place.listen(to: Scene.endlessSiren(), ["--config", path])
        try await waitUntil("the siren is heard") { try !place.events().isEmpty }
        for (rules, isAccepted) in [
            ("  - {name: siren-alert, labels: [siren], shell: 'true', cooldwon: 5s}\n", false),
            ("  - {name: siren-alert, labels: [unicorn], shell: 'true'}\n", false),
            ("  - {name: siren-alert, labels: [siren], shell: 'true'}\n", true),
        ] {
            let last = try reader().lastReload()?.id ?? 0
            _ = try configuration(rules)
            process.send(SIGHUP)
            try await waitUntil("the configuration is read") {
                try (reader().lastReload()?.id ?? 0) > last
            }
            #expect(try reader().lastReload()?.isAccepted == isAccepted)
            #expect(try isAccepted || alerts().isEmpty)
        }
        try await waitUntil("the new rule fires") { try alerts().map(\.rule) == ["siren-alert"] }
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
    }

    /// Killed at random moments while rules fire and their commands run: every firing is carried
    /// out, none is lost, none has two numbers.
    @Test func noFiringIsLostByAKill() async throws {
        let kills = ProcessInfo.processInfo.environment["EARWITNESS_KILLS"].flatMap(Int.init) ?? 12
        let note = place.directory.path("told")
        let path = try configuration(
            """
              - name: siren-alert
                labels: [siren]
                cooldown: 0s
                resolved: true
                shell: 'echo "$EARWITNESS_ALERT_ID $EARWITNESS_OCCASION $EARWITNESS_ATTEMPT" >> "\(note)"; sleep 0.1'
            hooks: {grace: 100ms}
            """)
        let sound = try place.recording("siren.wav", Scene.siren())
        var random = SeededRandom(seed: UInt64(kills))
        let arguments = ["--config", path, "--source", "file:" + sound, "--speed", "max"]
        for _ in 0..<kills {
            let process = try place.start(arguments)
            let delay = Int.random(in: 0...1_500, using: &random)
            try await Task.sleep(for: .milliseconds(delay))
            process.send(SIGKILL)
            _ = try await process.wait(within: .hang)
        }
        // Undisturbed, twice: the second ends what the first left for lack of grace.
        for _ in 0..<2 { _ = try await place.run(arguments) }
        try await Task.sleep(for: .milliseconds(300))
        try expectNothingLost(note)
    }

    private func expectNothingLost(_ note: String) throws {
        let alerts = try alerts()
        #expect(!alerts.isEmpty)
        // An event fires the rule once, whatever happens.
        #expect(Set(alerts.map(\.group)).count == alerts.count)
        let told = try String(contentsOfFile: note, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
        var occasions: [Int64: Set<String>] = [:]
        for words in told {
            try #require(words.count == 3)
            let id = try #require(Int64(words[0]))
            occasions[id, default: []].insert(words[1])
        }
        for alert in alerts {
            let runs = try reader().hookRuns(alerts: alert.id...alert.id)
            #expect(runs.contains { $0.occasion == .fired }, "\(alert.id) has no attempt")
            #expect(occasions[alert.id]?.contains("fired") == true, "\(alert.id) was not told")
        }
        #expect(Set(occasions.keys).isSubset(of: alerts.map(\.id)), "a command without an alert")
    }
}

extension Workplace {
    /// Starts listening, with a silence for all rules that is there before anything is heard.
    fileprivate func listen(
        to samples: [Int16], _ arguments: [String], silenced place: Workplace
    ) throws -> RunningProcess {
        try EventStore(path: place.database).close()
        let now = UTCTime.now()
        _ = try SilenceWriter(path: place.database).add(
            Silence(
                id: 0, createdAt: now, startsAt: now.adding(seconds: -60),
                endsAt: now.adding(seconds: 3_600), comment: "test"))
        return try listen(to: samples, arguments)
    }
}
