import MonitorConfig
import Testing

/// What is refused in a rule; messages are compared word for word.
@Suite struct RuleFaultTests {
    @Test(arguments: [
        // What.
        (
            "level: {of: LAeq, over: 1m, above: 60}, labels: [a], group_by: rule",
            """
            67: labels is for rules on events; this rule has 'level'
            82: group_by is for rules on events; this rule has 'level'
            """
        ),
        (
            "level: {of: LAeq, over: 1m, above: 60}, state: {clipping: 1}",
            "66: state is for rules on states; this rule has 'level'"
        ),
        (
            "state: {clipping: 1}, on: settled",
            "45: on is for rules on events; this rule has 'state'"
        ),
        (
            "above: 60, clipping: 5, mode: single",
            """
            19: unknown key 'above' in a rule; it belongs under 'level'
            30: unknown key 'clipping' in a rule; it belongs under 'state'
            43: unknown key 'mode' in a rule; it belongs to an action under 'then'
            """
        ),
        ("lebels: [a]", "19: unknown key 'lebels' in a rule; did you mean 'labels'?"),
        ("groups: animal", "27: groups must be a list"),
        ("sources: []", "28: sources must have at least one entry"),
        (
            "sources: [microfone]",
            "29: unknown source 'microfone'; did you mean 'microphone'?"
        ),
        ("on: seen", "23: on is 'seen'; accepted is one of announced, settled"),
        ("at_least: 3", "29: at_least needs the key 'within' too"),
        ("within: 3m", "27: within needs the key 'at_least' too"),
        (
            "at_least: 1, within: 8d",
            """
            29: at_least is '1'; accepted is a whole number from 2 to 1000
            40: within is '8d'; accepted is 1s to 7d
            """
        ),
        (
            "minimum_lafmax: loud, minimum_lae: 500, minimum_rise: -1",
            """
            35: minimum_lafmax is 'loud'; accepted is a number from -120 to 160
            54: minimum_lae is '500'; accepted is a number from -120 to 200
            73: minimum_rise is '-1'; accepted is a number from 0 to 100
            """
        ),
        // Levels.
        (
            "level: {}",
            """
            26: level needs the key 'above' or 'below'
            26: level needs the key 'of'
            26: level needs the key 'over'
            """
        ),
        ("level: 65", "26: level must be a mapping of keys to values"),
        (
            "level: {of: Laeq, over: 1500ms, above: 60 dBA, abov: 1}",
            """
            31: of is 'Laeq'; accepted is LAeq, LCeq, LZeq, LAFmax, LCpeak, L1 to L99, \
            or a third-octave band such as '63 Hz' or '1 kHz'
            43: over is '1500ms'; accepted is whole seconds
            58: above is '60 dBA'; accepted is a level such as 65, 65 dB or -20 dBFS
            66: unknown key 'abov' in level; did you mean 'above'?
            """
        ),
        (
            "level: {of: 60 Hz, over: 1m, above: 60}",
            "31: of is '60 Hz'; the nearest band is '63 Hz'"
        ),
        ("level: {of: 0 Hz, over: 1m, above: 6}", Self.quantities("0 Hz")),
        ("level: {of: L0, over: 1m, above: 6}", Self.quantities("L0")),
        ("level: {of: L100, over: 1m, above: 6}", Self.quantities("L100")),
        (
            "level: {of: L10, over: 90s, above: 170, below: -200 dBFS, while: [a], without: [b]}",
            """
            42: over is '90s'; accepted is whole minutes for L1 to L99
            54: above is '170'; accepted is -20 to 160 dB
            66: level has either 'above' or 'below', not both
            84: while is for levels of single seconds; L1 to L99 are of whole minutes
            98: without is for levels of single seconds; L1 to L99 are of whole minutes
            """
        ),
        (
            "level: {of: LAeq, over: 2d, below: 1 dBFS}",
            """
            43: over is '2d'; accepted is 1s to 1d
            54: below is '1 dBFS'; accepted is -160 to 0 dBFS
            """
        ),
        // States.
        (
            "state: {}",
            "26: state needs the key 'no_audio', 'dead_microphone', 'clipping', 'disk_below' or "
                + "'calibration_drift'"
        ),
        (
            "state: {no_audio: 1s, clipping: 61}",
            """
            37: no_audio is '1s'; accepted is 5s to 7d
            51: state has either 'no_audio' or 'clipping', not both
            """
        ),
        ("state: {disk_below: 5}", "39: disk_below is '5'; accepted is a share from 0.1% to 99%"),
        (
            "state: {disk_below: 5%}, sources: [microphone]",
            "53: the disk belongs to no source; leave 'sources' out"
        ),
        // How often.
        (
            "for: 2d, keep_firing_for: 5, cooldown: 31d, repeat_every: 1s",
            """
            24: for is '2d'; accepted is 0s to 1d
            45: keep_firing_for is '5'; it needs a number and a unit, such as 120ms, 5s, 10m
            58: cooldown is '31d'; accepted is 0s to 30d
            77: repeat_every is '1s'; accepted is 10s to 30d
            """
        ),
        ("at_most: {alerts: 5}", "28: at_most needs the key 'within'"),
        (
            "at_most: {alerts: 0, within: 0}",
            """
            37: alerts is '0'; accepted is a whole number from 1 to 1000
            48: within is '0'; accepted is 1s to 30d
            """
        ),
        ("group_by: room", "29: group_by is 'room'; accepted is one of event, label, source, rule"),
        (
            "at_least: 3, within: 1m, group_by: event",
            "54: with at_least, group_by must be label, source or rule"
        ),
        ("resolved: yes", "29: resolved is 'yes'; accepted is true or false"),
        // When.
        ("when: night", "25: unknown schedule 'night'; there is no section 'schedules'"),
        ("when: []", "25: when must have at least one period"),
        (
            "when: [[]]",
            "26: when needs a period such as {days: mon-fri, from: 22:00, until: 06:00}, "
                + "or the name of a schedule"
        ),
        ("when: {}", "25: a period needs one of the keys days, from, until, first, last"),
        (
            "when: {days: mon-son, from: 24:00, until: 6}",
            """
            32: days is 'mon-son'; accepted is a range such as mon-fri, or one of mon, tue, wed, \
            thu, fri, sat, sun, weekdays, weekends
            47: from is '24:00'; accepted is a time of day from 00:00 to 23:59
            61: until is '6'; accepted is a time of day from 00:00 to 24:00
            """
        ),
        (
            "when: {first: 2026-02-29, last: tomorrow, days: []}",
            """
            33: first is '2026-02-29'; accepted is a date such as 2026-12-24
            51: last is 'tomorrow'; accepted is a date such as 2026-12-24
            67: days must have at least one entry
            """
        ),
        (
            "when: {first: 2027-01-06, last: 2026-12-24}",
            "51: last is '2026-12-24', before first, which is '2027-01-06'"
        ),
        // Unless.
        ("unless: [a]", "28: a rule cannot stand under its own 'unless'"),
        ("unless: [aa]", "28: unknown rule 'aa'; did you mean 'a'?"),
        ("unless: a", "27: unless must be a list"),
    ])
    func rule(keys: String, messages: String) {
        check("rules: [{name: a, \(keys), shell: x}]", messages)
    }

    private static func quantities(_ text: String) -> String {
        "31: of is '\(text)'; accepted is LAeq, LCeq, LZeq, LAFmax, LCpeak, L1 to L99, "
            + "or a third-octave band such as '63 Hz' or '1 kHz'"
    }

    @Test(arguments: [
        ("[]", "25: then has no actions"),
        ("{run: [x]}", "25: then must be a list"),
        ("[x]", "26: an action must be a mapping of keys to values"),
        ("[{name: b}]", "26: an action needs the key 'run', 'shell', 'webhook' or 'log'"),
        ("[{run: [x], shell: x}]", "44: an action has either 'run' or 'shell', not both"),
        (
            "[{shell: '', timeout: 5, name: ''}]",
            """
            34: shell must not be empty or hold a NUL character
            47: timeout is '5'; it needs a number and a unit, such as 120ms, 5s, 10m
            56: name must not be empty or hold a NUL character
            """
        ),
        (
            "[{run: x}]",
            "32: run must be a list such as [/usr/local/bin/notify, --loud]; "
                + "a command line goes under 'shell'"
        ),
        (
            "[{log: warning, timeout: 1s, mode: single, headers: {}}]",
            """
            41: unknown key 'timeout' in an action with 'log'; it is for run, shell and webhook
            54: unknown key 'mode' in an action with 'log'; it is for run, shell and webhook
            68: unknown key 'headers' in an action with 'log'; it is for webhook
            """
        ),
        (
            "[{shell: x, secret_file: y}, {webhook: 'http://a', environment: [X]}]",
            """
            37: unknown key 'secret_file' in an action with 'shell'; it is for webhook
            76: unknown key 'environment' in an action with 'webhook'; it is for run and shell
            """
        ),
        (
            "[{log: loud}]",
            "32: log is 'loud'; accepted is one of info, notice, warning, error, critical"
        ),
        (
            "[{shell: x}, {shell: y}]",
            "38: two actions are called 'shell'; give each its own 'name'"
        ),
        (
            "[{log: info, name: 'a b'}]",
            "44: name 'a b' must be 1 to 64 of the characters a-z A-Z 0-9 _ . -"
        ),
        (
            "[{shell: x, mode: twice}]",
            "43: mode is 'twice'; accepted is one of single, queued, restart, parallel"
        ),
        (
            "[{shell: x, mode: {parallel: 65}}]",
            "54: parallel is '65'; accepted is a whole number from 1 to 64"
        ),
        ("[{shell: x, mode: {}}]", "43: mode needs the key 'parallel'"),
        (
            "[{shell: x, retries: often}]",
            "46: retries is 'often'; accepted is a whole number from 0 to 100"
        ),
        (
            "[{shell: x, retries: {first: 1m, longest: 5s, exit_statuses: [0]}}]",
            """
            46: retries needs the key 'count'
            67: longest is shorter than first, 1m
            87: an exit status is '0'; accepted is a whole number from 1 to 255
            """
        ),
        (
            "[{webhook: 'http://a', retries: {count: 1, exit_statuses: [1]}}]",
            "83: exit_statuses is for run and shell"
        ),
        (
            "[{log: info, occasions: []}, {shell: x, occasions: [never], expires: 0}]",
            """
            49: occasions must have at least one entry
            77: an occasion is 'never'; accepted is one of fired, repeated, resolved
            94: expires is '0'; accepted is 1s to 30d
            """
        ),
        (
            "[{shell: x, environment: [A=b]}]",
            "51: 'A=b' is not the name of a variable, such as HOME"
        ),
        (
            "[{webhook: 'http://a', headers: {'a b': c, X: \"d\\r\\ne\", x: y}}]",
            """
            58: 'a b' is not the name of a header, such as Authorization
            71: header 'X' must be one line, without control characters
            81: header 'x' stands more than once
            """
        ),
        (
            "[{webhook: 'http://a', headers: []}]",
            "57: headers must be a mapping of names to values"
        ),
    ])
    func action(list: String, messages: String) {
        check("rules: [{name: a, then: \(list)}]", messages)
    }

    @Test(arguments: [
        "ftp://a", "example.org", "http://", "http:///x", "http://a b", "http://a:0",
        "http://a:65536",
        "http://a:x", "http://é", "http://a\\nb", "http://[::1", "javascript:alert(1)",
        "http://" + String(repeating: "a", count: 2_100),
    ])
    func addresses(url: String) {
        let found = faults("rules: [{name: a, then: [{webhook: \"\(url)\"}]}]")
        #expect(found.count == 1)
        #expect(found.first?.message.contains("accepted is an address such as") == true)
    }

    @Test func thenStandsAlone() {
        check(
            "rules: [{name: a, shell: x, timeout: 1s, then: [{log: info}]}]",
            "48: a rule has either 'shell' or 'then', not both")
        check(
            "rules: [{name: a, timeout: 1s, then: [{log: info}]}]",
            "28: timeout belongs to each action under 'then'")
    }

    @Test(arguments: [
        ("schedules: []", "12: schedules must be a mapping of names to periods"),
        ("schedules: {night: }", "13: schedule 'night' has no periods"),
        (
            "schedules: {night: other}",
            "20: schedule 'night' needs a period such as {days: mon-fri, from: 22:00, until: 06:00}"
        ),
        (
            "schedules: {a b: {from: 22:00}}",
            "13: a schedule 'a b' must be 1 to 64 of the characters a-z A-Z 0-9 _ . -"
        ),
        ("alerts: {at_most: 5}", "19: at_most must be a mapping of keys to values"),
        ("alerts: {at_mots: 5}", "10: unknown key 'at_mots' in alerts; did you mean 'at_most'?"),
    ])
    func section(text: String, messages: String) {
        check(text, messages)
    }

    @Test func aFaultInAScheduleIsReportedOnce() {
        check(
            "schedules: {night: {from: late}}\nrules: [{name: a, shell: x, when: [night, nigth]}]",
            """
            27: from is 'late'; accepted is a time of day from 00:00 to 23:59
            2:43: unknown schedule 'nigth'; did you mean 'night'?
            """)
    }

    @Test func circles() {
        check(
            """
            rules:
              - {name: a, shell: x, unless: [d, b]}
              - {name: b, shell: x, unless: [c]}
              - {name: c, shell: x, unless: [a]}
              - {name: d, shell: x}
              - {name: e, shell: x, unless: [a]}
              - {name: f, shell: x, unless: [g]}
              - {name: g, shell: x, unless: [f, g]}
            """,
            """
            2:37: rules stand under each other's 'unless': 'a' unless 'b' unless 'c' unless 'a'
            7:34: rules stand under each other's 'unless': 'f' unless 'g' unless 'f'
            8:37: a rule cannot stand under its own 'unless'
            """)
    }

    @Test func longChainsAndCirclesEnd() {
        let count = 5_000
        for last in [0, count - 1] {
            let rules = (0..<count).map { index in
                let next = index + 1 == count ? last : index + 1
                return "- {name: r\(index), shell: x, unless: [r\(next)]}"
            }
            #expect(faults("rules:\n" + rules.joined(separator: "\n")).count == 1)
        }
    }

    @Test func unknownGroups() throws {
        let configuration = try Configuration.parse(
            text: "rules: [{name: a, shell: x, groups: [animals], labels: [dog],"
                + " }, {name: b, shell: x, level: {of: LAeq, over: 1m, above: 60, while: [bus]}}]",
            file: "m.yaml")
        let cases: [([String], String)] = [
            (["animal", "human", "animal"], "unknown group 'animals'; did you mean 'animal'?"),
            ([], "unknown group 'animals'; the model has no groups"),
        ]
        for (groups, message) in cases {
            #expect {
                try configuration.validate(labels: ["dog"], groups: groups)
            } throws: { error in
                "\(error)" == "m.yaml:1:38: \(message)\n"
                    + "m.yaml:1:133: unknown label 'bus'; known: dog"
            }
        }
        try configuration.validate(labels: ["dog", "bus"], groups: ["animals"])
    }

    /// - Parameter messages: each begins with its column, or with its line and its column
    private func check(
        _ text: String, _ messages: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = faults(text).map { fault in
            let line = fault.line ?? 0
            return (line == 1 ? "" : "\(line):") + "\(fault.column ?? 0): \(fault.message)"
        }
        #expect(found.joined(separator: "\n") == messages, sourceLocation: sourceLocation)
    }
}
