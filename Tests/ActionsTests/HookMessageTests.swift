import Foundation
import LevelTypes
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct HookMessageTests {
    @Test func environmentTellsEverything() async throws {
        var loud = firing(.shell("env | grep ^EARWITNESS_ | LC_ALL=C sort"))
        // LAeq 78.3 dB for 2 s, with a full scale of 120 dB.
        loud.event.levels = EventLevels(
            seconds: 2, exposureA: 2 * Decibels.power(level: -41.7),
            fastMaximum: Decibels.power(level: -36), background: Decibels.power(level: -78.5),
            scale: LevelScale(fullScaleDecibels: 120, state: .indicative))
        let run = try await run(loud)
        let open = firing(.shell("")).event
        #expect(
            run.outputTail == """
                EARWITNESS_BACKGROUND=41.5
                EARWITNESS_CALIBRATION=indicative
                EARWITNESS_CONFIDENCE=0.81
                EARWITNESS_DURATION_S=1.25
                EARWITNESS_EVENT_ID=7
                EARWITNESS_FIRED_AT=\(open.heardUntil.rfc3339)
                EARWITNESS_LABEL=siren
                EARWITNESS_LAE=81.31
                EARWITNESS_LAEQ=78.3
                EARWITNESS_LAFMAX=84.0
                EARWITNESS_MEAN_CONFIDENCE=0.6
                EARWITNESS_OFFSET=
                EARWITNESS_ONSET=\(open.onset.rfc3339)
                EARWITNESS_PART=2
                EARWITNESS_RISE=42.5
                EARWITNESS_RULE=alert
                EARWITNESS_SOURCE=hall
                EARWITNESS_STATUS=open

                """)
    }

    @Test(arguments: [SoundEvent.Status.open, .complete])
    func standardInputIsOneJSONObject(status: SoundEvent.Status) async throws {
        let firing = firing(.arguments(["cat"]), status: status)
        let run = try await run(firing)
        let offset = status == .open ? "null" : "\"\(firing.event.heardUntil.rfc3339)\""
        #expect(
            run.outputTail == """
                {"background":null,"calibration":null,"confidence":0.8100,"duration_s":1.250,"fired_at":"\(firing.firedAt.rfc3339)",\
                "id":7,"label":"siren","lae":null,"laeq":null,"lafmax":null,"mean_confidence":0.6000,"offset":\(offset),\
                "onset":"\(onset.rfc3339)","part":2,"rise":null,"rule":"alert",\
                "source":"hall","status":"\(status.rawValue)"}

                """)
    }

    @Test(arguments: [
        "$(touch hacked); \"", "`touch hacked`", "'; touch hacked; '", "a\nb", "--help", "é🔔",
    ])
    func hostileLabelIsOnlyData(label: String) async throws {
        let scratch = try TemporaryDirectory()
        let line = """
            cd '\(scratch.url.path)' && printf %s "$EARWITNESS_LABEL" > label && cat > json
            """
        let run = try await run(firing(.shell(line), label: label))
        #expect(run.outcome == .exited && run.exitStatus == 0)
        #expect(try scratch.text("label") == label)
        struct Message: Decodable { let label: String }
        let message = try JSONDecoder().decode(
            Message.self, from: Data(try scratch.text("json").utf8))
        #expect(message.label == label)
        #expect(try !scratch.contents().contains("hacked"))
    }

    @Test func nulInALabelIsReplacedInTheEnvironment() async throws {
        let run = try await run(firing(.shell("printf %s \"$EARWITNESS_LABEL\""), label: "a\0b"))
        #expect(run.outputTail == "a\u{FFFD}b")
    }

    @Test func argumentsArePassedAsTheyAre() async throws {
        let words = ["/usr/bin/printf", "<%s>", "a b", "", "$HOME", "*", "\"q\""]
        let run = try await run(firing(.arguments(words)))
        #expect(run.outputTail == "<a b><><$HOME><*><\"q\">")
    }

    @Test func whatIsMeantForTheMonitorIsNotPassedOn() async {
        // In its own process: the other tests read the environment while this one changes it.
        await #expect(processExitsWith: .success) {
            let names = [
                "NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "LIBASOUND_THREAD_SAFE",
                "ACTIONS_TEST_KEPT",
            ]
            for name in names { setenv(name, "5", 1) }
            let line = """
                echo "$PATH$HOME" | grep -c /
                env | grep -E '^(NOTIFY|WATCHDOG|LISTEN|LIBASOUND|ACTIONS_TEST)'
                """
            let run = try await run(firing(.shell(line)))
            #expect(run.outputTail == "1\nACTIONS_TEST_KEPT=5\n")
        }
    }

    @Test func inputThatNobodyReadsHarmsNobody() async throws {
        for command in [["true"], ["/bin/sh", "-c", "exec <&-; sleep 0.05"]] {
            let run = try await run(firing(.arguments(command)))
            #expect(run.outcome == .exited && run.exitStatus == 0)
        }
    }

    @Test func eventTooLongForThePipeIsRefused() async throws {
        let run = try await run(
            firing(.arguments(["true"]), label: String(repeating: "x", count: 5_000)))
        #expect(run.outcome == .failedToStart)
        #expect(run.outputTail.contains("more than a pipe holds"))
    }
}
