import Actions
import AlertTypes
import Foundation
import LevelTypes
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct AlertMessageTests {
    @Test func environmentTellsEverything() async throws {
        var loud = event()
        // LAeq 78.3 dB for 2 s, with a full scale of 120 dB.
        loud.levels = EventLevels(
            seconds: 2, exposureA: 2 * Decibels.power(level: -41.7),
            fastMaximum: Decibels.power(level: -36), background: Decibels.power(level: -78.5),
            scale: LevelScale(fullScaleDecibels: 120, state: .indicative))
        let run = try await run(
            command(.shell("env | grep ^EARWITNESS_ | LC_ALL=C sort")), for: firing(loud))
        let heard = loud.heardUntil.rfc3339
        #expect(
            run.outputTail == """
                EARWITNESS_ACTION=run
                EARWITNESS_ALERT_ID=107
                EARWITNESS_ALERT_STATUS=firing
                EARWITNESS_ATTEMPT=1
                EARWITNESS_BACKGROUND=41.5
                EARWITNESS_CALIBRATION=indicative
                EARWITNESS_CONFIDENCE=0.81
                EARWITNESS_DECIDED_AT=\(loud.heardUntil.adding(seconds: 0.1).rfc3339)
                EARWITNESS_DETECTED_AT=\(heard)
                EARWITNESS_DURATION_S=1.25
                EARWITNESS_EVENT_COUNT=1
                EARWITNESS_EVENT_ID=7
                EARWITNESS_FIRED_AT=\(heard)
                EARWITNESS_GROUP=event 7
                EARWITNESS_LABEL=siren
                EARWITNESS_LAE=81.31
                EARWITNESS_LAEQ=78.3
                EARWITNESS_LAFMAX=84.0
                EARWITNESS_MEAN_CONFIDENCE=0.6
                EARWITNESS_OCCASION=fired
                EARWITNESS_OFFSET=
                EARWITNESS_ONSET=\(onset.rfc3339)
                EARWITNESS_PART=2
                EARWITNESS_REPEATS=0
                EARWITNESS_RESOLUTION=
                EARWITNESS_RESOLVED_AT=
                EARWITNESS_RISE=42.5
                EARWITNESS_RULE=alert
                EARWITNESS_SOUND_AT=\(onset.rfc3339)
                EARWITNESS_SOURCE=hall
                EARWITNESS_STATUS=open
                EARWITNESS_TEST=false
                EARWITNESS_VERSION=2

                """)
    }

    @Test(arguments: [SoundEvent.Status.open, .complete])
    func standardInputIsOneJSONObject(status: SoundEvent.Status) async throws {
        let heard = onset.adding(seconds: 1.25).rfc3339
        let run = try await run(
            command(.arguments(["cat"])), for: firing(event(status: status)))
        let offset = status == .open ? "null" : "\"\(heard)\""
        #expect(
            run.outputTail == """
                {"action":"run","attempt":1,"version":2,"alert_id":107,"occasion":"fired","rule":"alert",\
                "fired_at":"\(heard)","id":7,"source":"hall","label":"siren","onset":"\(onset.rfc3339)",\
                "offset":\(offset),"duration_s":1.250,"confidence":0.8100,"mean_confidence":0.6000,\
                "status":"\(status.rawValue)","part":2,"laeq":null,"lafmax":null,"lae":null,"background":null,\
                "rise":null,"calibration":null,\
                "alert":{"version":2,"id":107,"rule":"alert","group":"event 7","source":"hall","status":"firing",\
                "test":false,"sound_at":"\(onset.rfc3339)","detected_at":"\(heard)","fired_at":"\(heard)",\
                "decided_at":"\(onset.adding(seconds: 1.35).rfc3339)","resolved_at":null,"resolution":null,\
                "acknowledged_at":null,"acknowledgement":null,"repeats":0,\
                "conditions":[{"condition":"confidence at least 0.6","value":"0.81"}],"event_count":1,\
                "events":[{"id":7,"source":"hall","label":"siren","onset":"\(onset.rfc3339)",\
                "heard_until":"\(heard)","duration_s":1.250,"confidence":0.8100,"lafmax":null,"retracted":false}]}}

                """)
    }

    /// Without an event that made it fire: what the alert remembers of its first.
    @Test func aResolvedAlert() throws {
        var resolved = firing(occasion: .resolved)
        resolved.event = nil
        resolved.alert.resolvedAt = onset.adding(seconds: 60)
        resolved.alert.resolution = .cleared
        resolved.alert.events[0].lafMaximum = 84
        let told = try environment(of: resolved)
        #expect(told["EARWITNESS_OCCASION"] == "resolved")
        #expect(told["EARWITNESS_ALERT_STATUS"] == "resolved")
        #expect(told["EARWITNESS_RESOLUTION"] == "cleared")
        #expect(told["EARWITNESS_RESOLVED_AT"] == onset.adding(seconds: 60).rfc3339)
        #expect(told["EARWITNESS_EVENT_ID"] == "7" && told["EARWITNESS_LABEL"] == "siren")
        #expect(told["EARWITNESS_LAFMAX"] == "84.0" && told["EARWITNESS_STATUS"] == "")
    }

    /// An alert that is about no event, and a test.
    @Test func anAlertWithoutEvents() throws {
        var quiet = firing()
        quiet.event = nil
        quiet.alert.events = []
        quiet.alert.source = "yard"
        quiet.alert.isTest = true
        let told = try environment(of: quiet)
        #expect(told["EARWITNESS_EVENT_ID"] == "" && told["EARWITNESS_LABEL"] == "")
        #expect(told["EARWITNESS_SOURCE"] == "yard" && told["EARWITNESS_TEST"] == "true")
    }

    /// Quotes, commands, line ends, options, and what a terminal obeys.
    @Test(arguments: [
        "$(touch hacked); \"", "`touch hacked`", "'; touch hacked; '", "a\nb", "--help", "é🔔",
        "\u{202E}a\u{FFFD}\u{7F}",
    ])
    func hostileLabelIsOnlyData(label: String) async throws {
        let scratch = try TemporaryDirectory()
        let line = """
            cd '\(scratch.url.path)' && printf %s "$EARWITNESS_LABEL" > label && cat > json
            """
        let run = try await run(command(.shell(line)), for: firing(event(label: label)))
        #expect(run.outcome == .exited && run.exitStatus == 0)
        #expect(try scratch.text("label") == label)
        #expect(try Message(scratch.text("json")).label == label)
        #expect(try !scratch.contents().contains("hacked"))
    }

    @Test func nulInALabelIsReplacedInTheEnvironment() async throws {
        let run = try await run(
            command(.shell("printf %s \"$EARWITNESS_LABEL\"")), for: firing(event(label: "a\0b")))
        #expect(run.outputTail == "a\u{FFFD}b")
    }

    /// A byte of a name that is not UTF-8: its scalar stands for 0xE9.
    @Test func bytesThatAreNoText() throws {
        var odd = event()
        odd.source = "rue\u{10FFE9}"
        let told = try environment(of: firing(odd))
        #expect(told["EARWITNESS_SOURCE"] == "rue\\xe9")
    }

    /// Names of a megabyte: Linux would not start a command with such a variable.
    @Test func longTextsAreCut() async throws {
        let scratch = try TemporaryDirectory()
        var long = firing(event(label: "x" + String(repeating: "é", count: 500_000)))
        long.alert.rule = String(repeating: "\u{1}", count: 1_000_000)
        long.alert.acknowledgement = String(repeating: "\"", count: 1_000_000)
        let line = "printf %s \"$EARWITNESS_LABEL\"; cat > '\(scratch.path("json"))'"
        let run = try await run(command(.shell(line)), for: long)
        #expect(run.outcome == .exited && run.exitStatus == 0)
        let cut = "x" + String(repeating: "é", count: 2_047)
        #expect(run.outputTail == cut)
        #expect(try Message(scratch.text("json")).label == cut)
    }

    @Test func theOldestEventsAreLeftOutOfALongText() throws {
        var many = firing()
        many.alert.events = (1...50).map { id in
            AlertEvent(
                id: id, source: String(repeating: "\u{1}", count: 4_096),
                label: String(repeating: "\u{2}", count: 4_096), onset: onset, heardUntil: onset,
                confidence: 1)
        }
        let text = AlertMessage.stored(many)
        #expect(text.utf8.count <= 1 << 20)
        let message = try Message(text)
        #expect((10...40).contains(message.alert.events.count))
        #expect(message.alert.events.last?.id == 50)
    }

    @Test func argumentsArePassedAsTheyAre() async throws {
        let words = ["/usr/bin/printf", "<%s>", "a b", "", "$HOME", "*", "\"q\""]
        let run = try await run(command(.arguments(words)))
        #expect(run.outputTail == "<a b><><$HOME><*><\"q\">")
    }

    @Test func whatIsMeantForTheMonitorIsNotPassedOn() async {
        // In its own process: the other tests read the environment while this one changes it.
        await #expect(processExitsWith: .success) {
            let names = [
                "NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "LIBASOUND_THREAD_SAFE",
                "ACTIONS_TEST_KEPT", "ACTIONS_TEST_SECRET",
            ]
            for name in names { setenv(name, "5", 1) }
            let line = """
                echo "$PATH" | grep -c /
                env | LC_ALL=C sort | grep -E '^(NOTIFY|WATCHDOG|LISTEN|LIBASOUND|ACTIONS_TEST|HOME)'
                """
            let all = try await run(command(.shell("unset HOME; \(line)")))
            #expect(all.outputTail == "1\nACTIONS_TEST_KEPT=5\nACTIONS_TEST_SECRET=5\n")
            var some = command(.shell(line))
            some.kind = .run(
                HookCommand(
                    .shell(line), environment: ["ACTIONS_TEST_KEPT", "NOTIFY_SOCKET", "absent"]))
            #expect(try await run(some).outputTail == "1\nACTIONS_TEST_KEPT=5\n")
        }
    }

    @Test func aCommandStartsInItsFolder() async throws {
        let scratch = try TemporaryDirectory()
        var action = command(.shell(""))
        action.kind = .run(HookCommand(.shell("touch here"), directory: scratch.url.path))
        #expect(try await run(action).exitStatus == 0)
        #expect(try scratch.contents() == ["here"])
    }

    @Test func inputThatNobodyReadsHarmsNobody() async throws {
        var long = firing()
        long.alert.readings = (1...40).map { _ in
            ConditionReading(condition: String(repeating: "x", count: 4_000), value: "")
        }
        for words in [["true"], ["/bin/sh", "-c", "exec <&-; sleep 0.05"], ["wc", "-c"]] {
            let run = try await run(command(.arguments(words)), for: long)
            #expect(run.outcome == .exited && run.exitStatus == 0)
            if words[0] == "wc" { #expect(Int(run.outputTail.dropLast()) ?? 0 > 160_000) }
        }
    }

    /// The row of a run is damaged: no attempt is told half of it.
    @Test(arguments: ["", "{", "{}", "[1]", #"{"alert":{"conditions":[]},"id":"x"}"#])
    func whatCannotBeReadIsRefused(input: String) async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        let action = command(.arguments(["true"]))
        var run = await ledger.entered(firing(), action)
        run.input = input
        await runner.submit(run, action)
        await runner.drain(grace: .hang)
        #expect(await ledger.runs.map(\.outcome) == [.failedToStart])
        #expect(
            await ledger.runs.first?.outputTail
                == "what the database has of the alert cannot be read")
    }

    /// A line in the log, with the test marked and nothing that a terminal obeys.
    @Test func aLineOfTheLog() async throws {
        var test = firing(event(label: "si\u{1B}[2Jren"))
        test.alert.isTest = true
        let (ledger, log) = (MemoryLedger(), MemoryLog())
        let runner = ActionRunner(ledger: ledger, log: log)
        let action = Action(name: "log", kind: .log(.warning))
        await runner.submit(await ledger.entered(test, action), action)
        await runner.drain(grace: .hang)
        #expect(
            log.lines == [
                "warning: rule alert, alert 107 (test) fired: label si?[2Jren; source hall; "
                    + "confidence at least 0.6: 0.81"
            ])
        #expect(await ledger.runs.map(\.exitStatus) == [0])
    }

    private func environment(of firing: Firing) throws -> [String: String] {
        let run = HookRun(
            id: 1, firing, command(.shell("")), input: AlertMessage.stored(firing))
        return Dictionary(uniqueKeysWithValues: try AlertMessage(run).environment)
    }
}

private struct Message: Decodable {
    struct Alert: Decodable {
        struct Event: Decodable { let id: Int64 }
        let events: [Event]
    }

    let label: String
    let alert: Alert

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Message.self, from: Data(text.utf8))
    }
}
