import AlertTypes
import MonitorConfig
import Rules
import Testing

/// What each key of a rule means.
@Suite struct RuleLanguageTests {
    @Test func aRuleOfEvents() throws {
        let rule = try rule(
            """
            labels: [siren], groups: [animal], sources: [yard], minimum_confidence: 0.5,
            minimum_duration: 2s, minimum_lafmax: 70, minimum_lae: 80.5, minimum_rise: 12,
            on: settled, at_least: 3, within: 10m
            """)
        #expect(
            rule.condition
                == .event(
                    EventCondition(
                        labels: ["siren"], groups: ["animal"], sources: ["yard"],
                        minimumConfidence: 0.5, minimumDurationSeconds: 2, minimumLAFmax: 70,
                        minimumLAE: 80.5, minimumRise: 12, isSettledOnly: true,
                        count: EventCount(events: 3, withinSeconds: 600))))
        #expect(rule.grouping == .rule)
        #expect(rule.cooldownSeconds == 60 && rule.repeatSeconds == nil && rule.schedule == nil)
    }

    @Test func howOften() throws {
        let rule = try rule(
            """
            on: announced, group_by: label, for: 5s, keep_firing_for: 2m, cooldown: 0,
            repeat_every: 1h, at_most: {alerts: 5, within: 1d}
            """)
        #expect(rule.condition == .event(EventCondition()))
        #expect(rule.grouping == .label)
        #expect(rule.holdSeconds == 5 && rule.keepFiringSeconds == 120)
        #expect(rule.cooldownSeconds == 0 && rule.repeatSeconds == 3_600)
        #expect(rule.limit == FiringLimit(count: 5, withinSeconds: 86_400))
    }

    @Test func limitOfAllRules() throws {
        let text = "alerts: {at_most: {alerts: 100, within: 1h}}"
        #expect(
            try parse(text).ruleSet
                == RuleSet(limit: FiringLimit(count: 100, withinSeconds: 3_600)))
        #expect(try parse("alerts:\n").ruleSet == RuleSet())
    }

    @Test(
        arguments: [
            ("LAeq", .laeq), ("LCeq", .lceq), ("LZeq", .lzeq), ("LAFmax", .lafMaximum),
            ("LCpeak", .lcPeak), ("L10", .percentile(10)), ("L1", .percentile(1)),
            ("L99", .percentile(99)), ("12.5 Hz", .thirdOctave(0)), ("63 Hz", .thirdOctave(7)),
            ("63Hz", .thirdOctave(7)), ("1 kHz", .thirdOctave(19)), ("1000 Hz", .thirdOctave(19)),
            ("1.25 kHz", .thirdOctave(20)), ("20 kHz", .thirdOctave(32)),
        ] as [(String, LevelCondition.Quantity)])
    func quantities(text: String, quantity: LevelCondition.Quantity) throws {
        let rule = try rule("level: {of: \(text), over: 15m, above: 65}")
        #expect(
            rule.condition
                == .level(
                    LevelCondition(quantity: quantity, windowSeconds: 900, bound: .above(65))))
    }

    @Test(
        arguments: [
            ("above: 65", .above(65), false), ("above: 65.5 dB", .above(65.5), false),
            ("below: 30dB", .below(30), false), ("above: -20 dBFS", .above(-20), true),
            ("below: -60dBFS", .below(-60), true), ("above: +5", .above(5), false),
        ] as [(String, LevelCondition.Bound, Bool)])
    func bounds(text: String, bound: LevelCondition.Bound, isRelative: Bool) throws {
        let rule = try rule(
            "level: {of: LAeq, over: 1d, \(text), without: [wind], while: [engine, train]}, "
                + "sources: [yard]")
        #expect(
            rule.condition
                == .level(
                    LevelCondition(
                        quantity: .laeq, windowSeconds: 86_400, bound: bound,
                        isRelative: isRelative, excluded: ["wind"], required: ["engine", "train"],
                        sources: ["yard"])))
    }

    @Test(
        arguments: [
            ("no_audio: 2m", .noAudio(seconds: 120)),
            ("dead_microphone: 90s", .deadMicrophone(seconds: 90)),
            ("clipping: 10", .clipping(seconds: 10)),
            ("disk_below: 5%", .diskBelow(share: 0.05)),
            ("disk_below: 12.5 %", .diskBelow(share: 0.125)),
            ("calibration_drift: 1.0", .calibrationDrift(decibels: 1)),
        ] as [(String, BoxCondition.State)])
    func states(text: String, state: BoxCondition.State) throws {
        #expect(
            try rule("state: {\(text)}").condition == .box(BoxCondition(state: state)))
    }

    /// With and without quotes, in both forms of YAML.
    @Test func schedules() throws {
        let configuration = try parse(
            """
            schedules:
              night: {from: 22:00, until: 06:00}
              office:
                - days: mon-fri
                  from: "08:00"
                  until: 18:00
                - {days: [sat], until: 12:00}
            rules:
              - {name: a, shell: x, when: night}
              - {name: b, shell: x, when: [office, {first: 2026-12-24, last: "2027-01-06"}]}
              - {name: c, shell: x, when: {days: [weekends, fri-mon, wed], from: 7:30}}
            """)
        let night = Schedule.Period(from: 1_320, until: 360)
        #expect(
            configuration.rules.map(\.schedule?.periods) == [
                [night],
                [
                    Schedule.Period(weekdays: [0, 1, 2, 3, 4], from: 480, until: 1_080),
                    Schedule.Period(weekdays: [5], until: 720),
                    Schedule.Period(firstDate: "2026-12-24", lastDate: "2027-01-06"),
                ],
                [Schedule.Period(weekdays: [0, 2, 4, 5, 6], from: 450)],
            ])
    }

    @Test func actionsAsInFilesOfBefore() throws {
        let rules = try parse(
            """
            rules:
              - {name: a, command: [/usr/bin/notify-send, -u], timeout: 5s}
              - {name: b, shell: 'echo "$EARWITNESS_LABEL"', resolved: true}
            """
        ).rules
        #expect(
            rules.map(\.actions) == [
                [
                    Action(
                        name: "run notify-send",
                        kind: .run(HookCommand(.arguments(["/usr/bin/notify-send", "-u"]))),
                        timeoutSeconds: 5)
                ],
                [
                    Action(
                        name: "shell",
                        kind: .run(HookCommand(.shell(#"echo "$EARWITNESS_LABEL""#))),
                        occasions: [.fired, .repeated, .resolved])
                ],
            ])
    }

    @Test func actions() throws {
        let rule = try parse(
            """
            rules:
              - name: a
                resolved: true
                then:
                  - run: [notify, "", 3]
                    name: phone
                    timeout: 2s
                    mode: {parallel: 3}
                    retries: {count: 4, first: 10m, exit_statuses: [75, 1]}
                    directory: hooks
                    environment: [HOME, _X1]
                    occasions: [resolved]
                    expires: 1d
                  - {shell: x, mode: queued, environment: []}
                  - {webhook: "http://user@[::1]:8080/x?y", secret_file: key, headers: {A-b: "c d"}}
                  - {webhook: HTTPS://Example.org, retries: 2, mode: restart}
                  - log: critical
            """, file: "conf/m.yaml"
        ).rules[0]
        let always: Set<Occasion> = [.fired, .repeated, .resolved]
        #expect(
            rule.actions == [
                Action(
                    name: "phone",
                    kind: .run(
                        HookCommand(
                            .arguments(["notify", "", "3"]), directory: "conf/hooks",
                            environment: ["HOME", "_X1"])),
                    timeoutSeconds: 2, mode: .parallel(limit: 3),
                    retries: Retries(
                        count: 4, firstSeconds: 600, longestSeconds: 600, exitStatuses: [75, 1]),
                    occasions: [.resolved], expirySeconds: 86_400),
                Action(
                    name: "shell", kind: .run(HookCommand(.shell("x"), environment: [])),
                    mode: .queued, occasions: always),
                Action(
                    name: "webhook [::1]",
                    kind: .webhook(
                        Webhook(
                            url: "http://user@[::1]:8080/x?y", secretFile: "conf/key",
                            headers: ["A-b": "c d"])),
                    occasions: always),
                Action(
                    name: "webhook Example.org",
                    kind: .webhook(Webhook(url: "HTTPS://Example.org")), mode: .restart,
                    retries: Retries(count: 2), occasions: always),
                Action(name: "log", kind: .log(.critical), occasions: always),
            ])
    }

    @Test(arguments: [
        ("/usr/bin/notify.sh", "run notify.sh"), ("/", "run"), ("a b\u{1b}c", "run abc"),
        ("/bin/" + String(repeating: "y", count: 100), "run " + String(repeating: "y", count: 64)),
    ])
    func nameOfACommand(program: String, name: String) throws {
        let text = "rules: [{name: a, command: [\"\(program.replacing("\u{1b}", with: "\\e"))\"]}]"
        #expect(try parse(text).rules[0].actions.map(\.name) == [name])
    }

    @Test func exceptions() throws {
        let rules = try parse(
            """
            rules:
              - {name: a, shell: x, unless: [b, c]}
              - {name: b, shell: x, unless: [c]}
              - {name: c, shell: x}
            """
        ).rules
        #expect(rules.map(\.inhibitors) == [["b", "c"], ["c"], []])
    }

    @Test func groupsBecomeLabels() throws {
        let ruleSet = try parse(
            """
            rules:
              - {name: a, shell: x, labels: [siren], groups: [animal, machine]}
              - {name: b, shell: x}
              - {name: c, shell: x, groups: [ghosts]}
            """
        ).ruleSet.resolvingGroups(["animal": ["cat", "crow"], "machine": ["ventilation"]])
        #expect(
            ruleSet.rules.map(\.condition) == [
                .event(EventCondition(labels: ["siren", "cat", "crow", "ventilation"])),
                .event(EventCondition()),
                .event(EventCondition(groups: ["ghosts"])),
            ])
    }

    @Test func labelsOfRules() throws {
        let configuration = try parse(
            """
            rules:
              - {name: a, shell: x, labels: [siren]}
              - {name: b, shell: x, level: {of: LAeq, over: 1m, above: 60, while: [engine],
                 without: [bird]}}
            """)
        #expect(configuration.ruleLabels == ["siren", "engine", "bird"])
    }

    private func rule(_ keys: String) throws -> Rule {
        let source = "sources: [{name: yard, input: 'alsa:hw:1'}]\n"
        let configuration = try parse(source + "rules: [{name: a, shell: x, \(keys)}]")
        return try #require(configuration.rules.first)
    }

    private func parse(_ text: String, file: String = "m.yaml") throws -> Configuration {
        try Configuration.parse(text: text, file: file)
    }
}
