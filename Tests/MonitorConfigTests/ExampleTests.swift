import AlertTypes
import Foundation
import MonitorConfig
import Rules
import SoundTypes
import SourceTypes
import Testing
import Timekeeping
import Tracking

/// The file that is shipped: as it is, and with its examples in use.
@Suite struct ExampleTests {
    @Test func asItIsItYieldsTheDefaults() throws {
        let configuration = try Configuration.parse(text: example(), file: "monitord.yaml")
        let defaults = Configuration()
        #expect(configuration.database == "/var/lib/earwitness/events.db")
        #expect(configuration.model == defaults.model)
        #expect(configuration.taught == defaults.taught)
        #expect(configuration.sources == defaults.sources)
        // What the model may know better is left to it.
        #expect(
            configuration.tracking
                == TrackingParameters(common: LabelOverrides(maximumDurationSeconds: 300)))
        #expect(configuration.tracking.parameters(for: "siren") == LabelParameters())
        #expect(configuration.loud == nil)
        #expect(configuration.rules == defaults.rules)
        #expect(configuration.hooks == defaults.hooks)
        #expect(configuration.logLevel == defaults.logLevel)
    }

    @Test func emptyFileYieldsTheDefaults() throws {
        for text in ["", "# nothing\n", "---\n", "database:\nsources: ~\nrules:\n"] {
            let configuration = try Configuration.parse(text: text, file: "monitord.yaml")
            let defaults = Configuration()
            #expect(configuration.database == defaults.database)
            #expect(configuration.sources == defaults.sources)
            #expect(configuration.tracking == defaults.tracking)
            #expect(configuration.rules.isEmpty)
        }
    }

    @Test func withItsExamplesItShowsEverySetting() throws {
        let configuration = try Configuration.parse(
            text: uncommented(example()), file: "monitord.yaml")
        let defaults = Configuration()
        #expect(configuration.database == "/var/lib/earwitness/events.db")
        #expect(configuration.model == "/usr/local/share/earwitness/mine.soundnet")
        #expect(configuration.taught == "/srv/earwitness/taught")
        #expect(
            configuration.sources == [
                SourceConfiguration(
                    rate: SampleRate(hertz: 48_000),
                    levels: LevelConfiguration(
                        fullScaleDecibels: 120, microphoneCorrection: "/etc/earwitness/umik.txt",
                        noiseFloorDecibels: 30)),
                SourceConfiguration(
                    name: "pipe", input: .standardInput),
            ])
        #expect(
            configuration.tracking.common
                == LabelOverrides(
                    sensitivity: .normal, onThreshold: 0.6, offThreshold: 0.4,
                    announceThreshold: 0.7, announceSeconds: 0.28, smoothingSeconds: 0.2,
                    minimumDurationSeconds: 0.2, mergeGapSeconds: 0.5, maximumDurationSeconds: 300))
        #expect(
            configuration.tracking.labels == [
                "siren": LabelOverrides(sensitivity: .high, minimumDurationSeconds: 1)
            ])
        #expect(
            configuration.loud
                == LoudParameters(absoluteDecibels: 65, aboveBackgroundDecibels: 15))
        #expect(configuration.pictures == defaults.pictures)
        #expect(configuration.retention == Retention(bytes: 8_000_000_000))
        #expect(configuration.rules == rules)
        #expect(configuration.ruleSet.limit == FiringLimit(count: 100, withinSeconds: 3_600))
        #expect(configuration.hooks == defaults.hooks)
        #expect(configuration.logLevel == defaults.logLevel)
        try configuration.validate(
            labels: ["alarm", "dog_bark", "engine", "siren", "wind"], groups: ["warning"])
    }

    /// As the head of the file says: a single setting, or a block from its first line on.
    @Test func eachExampleCanBeUsedAlone() throws {
        let lines = try example().components(separatedBy: "\n")
        let blocks = lines.indices.filter { isExample(lines[$0]) }.map { first in
            first..<(lines[(first + 1)...].firstIndex {
                !isExample($0) || depth($0) <= depth(lines[first])
            } ?? lines.endIndex)
        }
        let begins = blocks.filter { block in
            !blocks.contains { $0.contains(block.lowerBound) && $0 != block }
        }
        #expect(begins.count > 15)
        for block in begins {
            var changed = lines
            for index in block { changed[index] = String(changed[index].dropFirst()) }
            #expect(throws: Never.self, "\(lines[block.lowerBound])") {
                try Configuration.parse(
                    text: changed.joined(separator: "\n"), file: "monitord.yaml")
            }
        }
    }

    private func depth(_ line: String) -> Int { line.dropFirst().prefix { $0 == " " }.count }

    private var rules: [Rule] {
        [
            Rule(
                name: "siren-alert",
                condition: .event(
                    EventCondition(
                        labels: ["siren", "alarm"], groups: ["warning"], sources: ["microphone"],
                        minimumConfidence: 0.6, minimumDurationSeconds: 1)),
                cooldownSeconds: 300,
                actions: [
                    Action(
                        name: "run notify",
                        kind: .run(HookCommand(.arguments(["/usr/local/bin/notify", "--loud"]))))
                ]),
            Rule(
                name: "log-everything",
                actions: [
                    Action(
                        name: "shell",
                        kind: .run(HookCommand(.shell(#"logger "heard $EARWITNESS_LABEL""#))))
                ]),
            barking,
            Rule(
                name: "noise",
                condition: .level(
                    LevelCondition(
                        quantity: .laeq, windowSeconds: 900, bound: .above(-20), isRelative: true,
                        excluded: ["wind"], required: ["engine"])),
                holdSeconds: 60, keepFiringSeconds: 300, repeatSeconds: 3_600,
                actions: [
                    Action(
                        name: "log", kind: .log(.notice),
                        occasions: [.fired, .repeated, .resolved])
                ]),
            Rule(
                name: "deaf", condition: .box(BoxCondition(state: .noAudio(seconds: 120))),
                actions: [Action(name: "log", kind: .log(.error))]),
        ]
    }

    private var barking: Rule {
        Rule(
            name: "barking",
            condition: .event(
                EventCondition(
                    labels: ["dog_bark"], minimumLAFmax: -30, minimumLAE: -40, minimumRise: 10,
                    count: EventCount(events: 10, withinSeconds: 900))),
            grouping: .source, limit: FiringLimit(count: 3, withinSeconds: 86_400),
            schedule: Schedule(periods: [Schedule.Period(weekdays: [5, 6], from: 780, until: 900)]),
            inhibitors: ["siren-alert"],
            actions: [
                Action(name: "log", kind: .log(.warning)),
                Action(
                    name: "phone",
                    kind: .run(
                        HookCommand(
                            .arguments(["/usr/local/bin/notify", "barking"]),
                            directory: "/var/lib/earwitness", environment: ["PATH", "HOME"])),
                    timeoutSeconds: 10, mode: .single, retries: Retries(count: 3)),
                Action(
                    name: "webhook example.org",
                    kind: .webhook(
                        Webhook(
                            url: "https://example.org/hook",
                            secretFile: "/etc/earwitness/webhook.key",
                            headers: ["Authorization": "Bearer abc"])),
                    occasions: [.fired, .resolved]),
            ])
    }
}

/// `etc/monitord.yaml`.
func example() throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent("etc/monitord.yaml"), encoding: .utf8)
}

/// The text with every example in use: a line is prose when it is '#' alone or '#', one space and
/// a character, and an example when anything else follows the '#'.
func uncommented(_ text: String) -> String {
    text.components(separatedBy: "\n").map { isExample($0) ? String($0.dropFirst()) : $0 }
        .joined(separator: "\n")
}

private func isExample(_ line: String) -> Bool {
    line.wholeMatch(of: /#(?:  .*|[^ ].*)/) != nil
}
