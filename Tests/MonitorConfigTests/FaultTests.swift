import MonitorConfig
import Testing

/// Messages are for people: they are compared word for word.
@Suite struct FaultTests {
    @Test func everythingAtOnce() {
        let text = """
            databse: x.db
            sources:
              - name: hall way
                input: also:default
              - name: a
                input: stdin
                channel: 3
                stream: {format: S16LE, rate: 8000, channels: 2}
              - name: a
                input: stdin
                rate: 48000
            tracking:
              on: 1.5
              merge_gap: 500
              maximum_duration: 2d
              labels:
                siren: {on: 0.2, of: 0.1}
            rules:
              - name: r
                command: [notify]
                shell: notify
              - labels: siren
                command: []
                timeout: 0s
              - name: r
                command: ./notify
              - name: s
                command: [bin/notify, 3, ""]
            hooks: 4
            log_level: loud
            """
        check(
            text,
            """
            m.yaml:1:1: unknown key 'databse' in the configuration; did you mean 'database'?
            m.yaml:3:11: name 'hall way' must be 1 to 64 of the characters a-z A-Z 0-9 _ . -
            m.yaml:4:12: input is 'also:default'; accepted is alsa:NAME, file:PATH or stdin
            m.yaml:7:14: channel is '3'; accepted is a whole number from 1 to 2
            m.yaml:8:22: format is 'S16LE'; accepted is one of S16_LE, S24_3LE, S24_LE, \
            S32_LE, FLOAT_LE
            m.yaml:8:35: rate is '8000'; accepted is a whole number from 16000 to 192000
            m.yaml:9:5: source 'a' is already defined in line 5
            m.yaml:9:5: stdin is already the input of the source in line 5
            m.yaml:11:11: rate is for alsa inputs; other inputs have a rate of their own
            m.yaml:13:7: on is '1.5'; accepted is a number from 0 to 1
            m.yaml:14:14: merge_gap is '500'; it needs a number and a unit, such as 120ms, 5s, 10m
            m.yaml:15:21: maximum_duration is '2d'; accepted is 1s to 1d
            m.yaml:17:22: unknown key 'of' in label 'siren'; did you mean 'off'?
            m.yaml:21:12: a rule has either 'command' or 'shell', not both
            m.yaml:22:5: a rule needs the key 'name'
            m.yaml:22:13: labels must be a list
            m.yaml:23:14: command is empty; its first element is the program
            m.yaml:24:14: timeout is '0s'; accepted is 100ms to 1h
            m.yaml:25:5: rule 'r' is already defined in line 19
            m.yaml:26:14: command must be a list such as [/usr/local/bin/notify, --loud]; \
            a command line goes under 'shell'
            m.yaml:28:15: program 'bin/notify' must be an absolute path, or a name that is \
            found in PATH
            m.yaml:29:8: hooks must be a mapping of keys to values
            m.yaml:30:12: log_level is 'loud'; accepted is one of trace, debug, info, notice, \
            warning, error, critical
            """)
    }

    @Test(arguments: [
        ("[]", "1:1: the configuration must be a mapping of keys to values"),
        ("sources: []", "1:10: sources must have at least one entry"),
        ("sources: {}", "1:10: sources must be a list"),
        (
            "sources: [{}]",
            "1:11: a source needs the key 'input'\n"
                + "m.yaml:1:11: a source needs the key 'name'"
        ),
        (
            "sources: [{name: a, input: 'file:~/x.wav'}]",
            "1:28: input '~/x.wav': '~' is not expanded; write the whole path"
        ),
        (
            "sources: [{name: a, input: 'file:x', stream: {}}]",
            "1:46: stream is for the input stdin only"
        ),
        ("rules: [{name: a}]", "1:9: a rule needs the key 'command', 'shell' or 'then'"),
        ("rules: [{name: a, command: [['x']]}]", "1:29: an element of command must be a text"),
        (
            "rules: [{name: a, shell: \"x\\0\"}]",
            "1:26: shell must not be empty or hold a NUL character"
        ),
        ("rules: [{name: a, shell: ''}]", "1:26: shell must not be empty or hold a NUL character"),
        ("tracking: {on: nan}", "1:16: on is 'nan'; accepted is a number from 0 to 1"),
        (
            "tracking: {on: 0.5, off: 0.6}",
            "1:26: off threshold 0.6 is above the on threshold 0.5"
        ),
        (
            "tracking: {maximum_duration: 1s, merge_gap: 1s}",
            "1:30: maximum duration of 1.0 s must exceed 1.2 s, "
                + "the minimum duration and the merge gap or hold time together"
        ),
        (
            "sources: [{name: a, input: stdin, full_scale_db: 200}]",
            "1:50: full_scale_db is '200'; accepted is a number from 40 to 180"
        ),
        (
            "sources: [{name: a, input: stdin, noise_floor_db: x, microphone_correction: ~/m}]",
            "1:51: noise_floor_db is 'x'; accepted is a number from -160 to 140\n"
                + "m.yaml:1:77: microphone_correction '~/m': '~' is not expanded; "
                + "write the whole path"
        ),
        ("loud: {}", "1:7: loud needs the key 'above' or 'above_background', or both"),
        ("loud: {hold: 1s}", "1:7: loud needs the key 'above' or 'above_background', or both"),
        ("loud: yes", "1:7: loud must be a mapping of keys to values"),
        ("loud: {above: 165}", "1:15: above is '165'; accepted is a number from -120 to 160"),
        (
            "loud: {above: 60, above_background: 2, hysteresis: 2dB, hold: 2m}",
            "1:37: above_background is '2'; accepted is a number from 3 to 60\n"
                + "m.yaml:1:52: hysteresis is '2dB'; accepted is a number from 0 to 20\n"
                + "m.yaml:1:63: hold is '2m'; accepted is 0s to 1m"
        ),
        (
            "loud: {above: 60, maximum_duration: 6s}",
            "1:37: maximum duration of 6.0 s must exceed 6.0 s, "
                + "the minimum duration and the merge gap or hold time together"
        ),
        ("loud: {abov: 60, above: 60}", "1:8: unknown key 'abov' in loud; did you mean 'above'?"),
        ("pictures: none", "1:11: pictures must be 'off' or have the keys 'keep' and 'speech'"),
        ("pictures: {speech: maybe}", "1:20: speech is 'maybe'; accepted is true or false"),
        (
            "pictures: {keep: 256}",
            "1:18: keep is '256'; it needs a whole number and a unit, such as 256 MB, 4 GB"
        ),
        ("pictures: {keep: 0 MB}", "1:18: keep is '0 MB'; accepted is 1 MB to 1 TB"),
        (
            "pictures: {keep: 99999999999999999999 MB}",
            "1:18: keep is '99999999999999999999 MB'; it needs a whole number and a unit, "
                + "such as 256 MB, 4 GB"
        ),
        (
            "retention: {seconds: 1d}", "1:22: seconds is '1d'; accepted is 2d to 36500d"
        ),
        (
            "retention: {events: never}",
            "1:21: events is 'never'; it needs a number and a unit, such as 120ms, 5s, 10m"
        ),
        ("retention: {size: 1 MB}", "1:19: size is '1 MB'; accepted is 100 MB to 100 TB"),
        (
            "retention: {minutes: 30d}",
            "1:22: minutes are kept for 30d, seconds for longer; accepted is 90d or more"
        ),
        (
            "retention: {hours: 365d}",
            "1:20: hours are kept for 365d, minutes for longer; accepted is forever or more"
        ),
        (
            "retention: {pictures: 3d}",
            "1:13: unknown key 'pictures' in retention; known: seconds, minutes, hours, scores, "
                + "events, alerts, hook_runs, size"
        ),
        (
            "pictures: {kep: 1 GB}",
            "1:12: unknown key 'kep' in pictures; did you mean 'keep'?"
        ),
        ("hooks: {queue: 1.5}", "1:16: queue is '1.5'; accepted is a whole number from 0 to 10000"),
        (
            "hooks: {grace: -1s}",
            "1:16: grace is '-1s'; it needs a number and a unit, such as 120ms, 5s, 10m"
        ),
        (
            "zzzzzz: 1",
            "1:1: unknown key 'zzzzzz' in the configuration; known: database, model, taught, "
                + "sources, tracking, loud, pictures, retention, schedules, rules, alerts, "
                + "hooks, log_level"
        ),
        (
            "? [a]\n: 1",
            "1:3: unknown key '(not a text)' in the configuration; known: database, model, taught, "
                + "sources, tracking, loud, pictures, retention, schedules, rules, alerts, "
                + "hooks, log_level"
        ),
    ])
    func single(text: String, message: String) {
        check(text, "m.yaml:" + message)
    }

    @Test func repeatedKeysDoNotHideTheRest() {
        check(
            """
            hooks: {queue: 1, "queue": 2, 'queue': 3}
            database: a
            log_level: loud
            database: b
            """,
            """
            m.yaml:1:9: key 'queue' stands more than once in this mapping
            m.yaml:1:19: key 'queue' stands more than once in this mapping
            m.yaml:2:1: key 'database' stands more than once in this mapping
            m.yaml:3:12: log_level is 'loud'; accepted is one of trace, debug, info, notice, \
            warning, error, critical
            """)
    }

    @Test(arguments: [
        ("a: [1", "not YAML: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("a: b: c", "not YAML: mapping values are not allowed in this context"),
        (
            "a:\n\t- b",
            "not YAML: while scanning for the next token: found character that cannot "
                + "start any token"
        ),
        ("a: \u{7}", "not YAML: control characters are not allowed"),
        (
            "a: 1\n---\nb: 2\n",
            "not YAML: expected a single document in the stream: "
                + "but found another document"
        ),
        ("a: *b", "not YAML: found undefined alias"),
        (
            "model: !!binary aGk=",
            "the tag 'tag:yaml.org,2002:binary' is not accepted; leave it out"
        ),
        ("model: &a x", "anchors and aliases are not accepted; write the value out"),
    ])
    func notYAML(text: String, message: String) throws {
        let faults = faults(text)
        #expect(faults.map(\.message) == [message])
        #expect(faults.first?.line != nil)
    }

    @Test func positionOfASyntaxError() {
        #expect(faults("a: 1\nb: [2\nc: 3\n").first?.line == 3)
        #expect(faults("a: é\u{7}").first?.column == 5)
    }

    @Test func unknownLabels() throws {
        let configuration = try Configuration.parse(
            text: """
                tracking:
                  labels:
                    sirn: {on: 0.9}
                rules:
                  - {name: a, labels: [dog, bicycle], shell: x}
                """, file: "m.yaml")
        let labels = ["dog", "siren", "speech"]
        do {
            try configuration.validate(labels: labels, groups: [])
            Issue.record("unknown labels were accepted")
        } catch {
            #expect(
                error.description == """
                    m.yaml:3:5: unknown label 'sirn'; did you mean 'siren'?
                    m.yaml:5:29: unknown label 'bicycle'; known: dog, siren, speech
                    """)
        }
        try configuration.validate(labels: labels + ["sirn", "bicycle"], groups: [])
    }

    private func check(
        _ text: String, _ messages: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = faults(text).map(\.description).joined(separator: "\n")
        #expect(found == messages, sourceLocation: sourceLocation)
    }
}

/// What is wrong with a text; empty if it is accepted.
func faults(_ text: String) -> [ConfigurationFault] {
    do {
        _ = try Configuration.parse(text: text, file: "m.yaml")
        return []
    } catch {
        return error.faults
    }
}
