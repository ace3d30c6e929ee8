import MonitorConfig
import Rules
import Testing
import Timekeeping

/// What is accepted, but can hardly be meant.
@Suite struct RuleAdviceTests {
    @Test(arguments: [
        ("labels: []", "the list is empty, which means every label"),
        (
            "minimum_lafmax: 141",
            "it never fires: no sound is as loud as 141 dB"
        ),
        (
            "labels: [dog_bark], minimum_duration: 1m, at_least: 4, within: 2m",
            "it never fires: 4 sounds of 1m one after the other take longer than 2m"
        ),
        (
            "level: {of: LAeq, over: 1m, above: 140}",
            "it never fires: no microphone measures more than 140 dB"
        ),
        (
            "level: {of: LAeq, over: 1m, below: 0}",
            "it never fires: no microphone measures less than 0 dB"
        ),
        (
            "level: {of: L90, over: 1m, above: -1}",
            "every sound is above -1 dB, and silence is too"
        ),
        ("level: {of: LAeq, over: 1m, below: 150}", "every sound is below 150 dB"),
        (
            "level: {of: LAeq, over: 1m, above: 60, while: [a], without: [b, a]}",
            "it never fires: what it asks for, 'without' leaves out"
        ),
        (
            "when: {last: 2026-06-13}",
            "it never fires: its last day was 2026-06-13"
        ),
        (
            "when: [{days: mon-thu, first: 2026-06-19, last: 2026-06-21}, {last: 2026-01-01}]",
            "it never fires: none of its days lies between 'first' and 'last'"
        ),
        (
            "repeat_every: 1m, then: [{log: info, occasions: [fired]}]",
            "no action is run for 'repeated', so nothing is repeated"
        ),
        (
            "resolved: true, then: [{log: info, occasions: [fired]}]",
            "each action has 'occasions' of its own, so none is run when the alert is over"
        ),
        (
            "cooldown: 10m, at_most: {alerts: 7, within: 1h}",
            "it changes nothing: with a cooldown of 10m the rule fires at most 7 times in 1h"
        ),
        (
            "then: [{log: info}, {shell: x, occasions: [repeated]}]",
            "'shell' is never run: it is for 'repeated' only, and the rule has no repeat_every"
        ),
        (
            "then: [{shell: x, retries: {count: 1, first: 1m}, expires: 1m}]",
            "'shell' is never tried again: it expires after 1m, and the first wait is 1m"
        ),
    ])
    func advice(keys: String, message: String) throws {
        let action = keys.contains("then:") ? "" : ", shell: x"
        #expect(try advice("{name: a, \(keys)\(action)}") == ["a: " + message])
    }

    /// The neighbours of what is advised against.
    @Test(arguments: [
        "minimum_lafmax: 140", "groups: [animal]", "minimum_lae: 100",
        "labels: [dog_bark], minimum_duration: 1m, at_least: 3, within: 2m",
        "labels: [dog_bark, cat], minimum_duration: 1m, at_least: 4, within: 2m",
        "minimum_duration: 1m, at_least: 4, within: 2m",
        "level: {of: LAeq, over: 1m, above: 139}", "level: {of: LCpeak, over: 1m, above: 140}",
        "level: {of: LAeq, over: 1m, below: 1}", "level: {of: 20 kHz, over: 1m, below: -5}",
        "level: {of: LAeq, over: 1m, above: -60 dBFS}",
        "level: {of: LAeq, over: 1m, above: 60, while: [a, b], without: [a]}",
        "when: {last: 2026-06-14}", "when: {days: sun, last: 2026-06-14}",
        "when: [{last: 2026-01-01}, {days: fri, first: 2026-06-19, last: 2026-06-21}]",
        "when: {first: 2030-01-01}", "when: {days: mon, first: 2030-01-01}",
        "repeat_every: 1m", "resolved: true",
        "resolved: true, then: [{log: info, occasions: [fired]}, {shell: x}]",
        "cooldown: 10m, at_most: {alerts: 6, within: 1h}",
        "cooldown: 0, at_most: {alerts: 100, within: 1s}",
        "repeat_every: 1m, then: [{shell: x, occasions: [repeated]}]",
        "then: [{shell: x, occasions: [resolved]}]",
        "then: [{shell: x, retries: {count: 1, first: 59s}, expires: 1m}]",
    ])
    func noAdvice(keys: String) throws {
        let action = keys.contains("then:") ? "" : ", shell: x"
        #expect(try advice("{name: a, \(keys)\(action)}") == [])
    }

    @Test func levelsOfUncalibratedSources() throws {
        let rules = """
            {name: a, shell: a, minimum_lafmax: 60}
            {name: b, shell: b, minimum_lae: 60}
            {name: c, shell: c, level: {of: LAeq, over: 1m, above: 60}}
            {name: d, shell: d, level: {of: LAeq, over: 1m, below: 60}, sources: [yard]}
            {name: e, shell: e, level: {of: LAeq, over: 1m, above: 60}, sources: [hall]}
            {name: f, shell: f, minimum_lafmax: -10, minimum_lae: 10, sources: [yard]}
            """
        let until = "is calibrated (monitorctl calibrate) or has full_scale_db"
        let yard = "sources: [{name: yard, input: stdin}, "
        let hall = "{name: hall, input: 'alsa:hw:0'"
        #expect(
            try advice(rules, yard + hall + "}]") == [
                "a: events do not reach 60 dB until 'yard', 'hall' \(until)",
                "b: events do not reach 60 dB until 'yard', 'hall' \(until)",
                "c: such a level is unknown until 'yard', 'hall' \(until)",
                "d: such a level is unknown until 'yard' \(until)",
                "e: such a level is unknown until 'hall' \(until)",
            ])
        #expect(
            try advice(rules, yard + hall + ", full_scale_db: 120}]") == [
                "d: such a level is unknown until 'yard' \(until)"
            ])
    }

    @Test func exceptionsThatNeverFire() throws {
        let rules = """
            {name: a, shell: x, unless: [c, b]}
            {name: b, shell: y, when: {last: 2020-01-01}}
            {name: c, shell: z}
            """
        #expect(
            try advice(rules) == [
                "a: unless 'b' changes nothing: that rule never fires",
                "b: it never fires: its last day was 2020-01-01",
            ])
    }

    @Test(arguments: [
        ("labels: [siren]", ""),
        ("groups: [animal], labels: [cat]", "groups: [animal, x], labels: [cat]"),
        ("minimum_confidence: 0.8", "minimum_confidence: 0.5"), ("cooldown: 5m", "cooldown: 1m"),
        ("minimum_lafmax: 80", "minimum_lafmax: 70"), ("minimum_rise: 9", ""),
        ("when: {days: mon}", ""), ("unless: [c]", ""),
        ("group_by: source", ""),
        (
            "level: {of: LAeq, over: 1m, above: 60}, sources: [microphone]",
            "level: {of: LAeq, over: 1m, above: 60}"
        ),
    ])
    func rulesThatAreToldTwice(narrow: String, wide: String) throws {
        let twice = "with the same actions: they are carried out twice"
        #expect(
            try advice(pair(narrow, wide)) == ["a: whenever it fires, so does 'b', \(twice)"])
        #expect(
            try advice(pair(wide, narrow)) == ["b: whenever it fires, so does 'a', \(twice)"])
    }

    /// Of two that are the same, the second is named.
    @Test(arguments: [
        ("state: {clipping: 5}", "state: {clipping: 5}"),
        ("at_least: 3, within: 1m", "within: 60s, at_least: 3, group_by: rule"),
    ])
    func rulesThatAreTheSame(first: String, second: String) throws {
        let found = try advice(pair(first, second))
        #expect(found.count == 1 && found.first?.hasPrefix("b: whenever it fires") == true)
    }

    /// Each narrow rule tells something that the wide one does not.
    @Test(arguments: [
        ("labels: [siren]", "labels: [alarm]"), ("", "labels: [alarm]"), ("cooldown: 0", ""),
        ("minimum_duration: 30s", "minimum_duration: 1s"), ("for: 1m", ""), ("", "for: 1m"),
        ("labels: [siren]", "unless: [a]"), ("unless: [b]", ""), ("", "when: {days: mon}"),
        ("labels: [siren]", "group_by: rule"), ("", "at_most: {alerts: 1, within: 1d}"),
        ("at_least: 3, within: 1m", ""), ("then: [{shell: y}]", ""),
        ("on: announced", "on: settled"),
        ("then: [{shell: x, occasions: [resolved]}]", ""), ("", "sources: [microphone]"),
        ("", "minimum_lafmax: 80"),
        (
            "level: {of: LAeq, over: 1m, above: 70}",
            "level: {of: LAeq, over: 1m, above: 60}"
        ),
        ("state: {no_audio: 1h}", "state: {no_audio: 2m}"), ("state: {no_audio: 1h}", ""),
        (
            "level: {of: LAeq, over: 1m, above: 60}",
            "level: {of: LAeq, over: 1m, above: 60}, sources: [microphone]"
        ),
    ])
    func rulesOfTheirOwn(narrow: String, wide: String) throws {
        #expect(try advice(pair(narrow, wide)).filter { $0.hasPrefix("a:") } == [])
    }

    @Test func adviceStandsInTheFormOfCompilers() throws {
        let text = "rules:\n- {name: a, labels: [], shell: x}\n- {name: b, shell: y, labels: []}\n"
        let advice = try Configuration.parse(text: text, file: "m.yaml").ruleAdvice()
        #expect(
            advice.map(\.description) == [
                "m.yaml:2:21: warning: rule 'a': the list is empty, which means every label",
                "m.yaml:3:31: warning: rule 'b': the list is empty, which means every label",
            ])
        #expect(advice.map(\.rule) == ["a", "b"])
    }

    private func pair(_ narrow: String, _ wide: String) -> String {
        let rules = [("a", narrow), ("b", wide)].map { name, keys in
            let action = keys.contains("then:") ? "" : ", shell: x"
            return "{name: \(name)\(keys.isEmpty ? "" : ", ")\(keys)\(action)}"
        }
        return rules.joined(separator: "\n") + "\n{name: c, shell: z, labels: [c]}"
    }

    /// On Monday, 2026-06-15.
    private func advice(
        _ rules: String,
        _ sources: String = "sources: [{name: microphone, input: stdin, full_scale_db: 120}]"
    ) throws -> [String] {
        let lines = rules.split(separator: "\n").map { "- \($0)" }
        let text = "\(sources)\nrules:\n" + lines.joined(separator: "\n")
        let now = UTCTime(microseconds: 1_781_521_200_000_000)
        return try Configuration.parse(text: text, file: "m.yaml").ruleAdvice(at: now).map {
            "\($0.rule): \($0.finding.message)"
        }
    }
}
