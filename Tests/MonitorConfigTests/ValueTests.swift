import Foundation
import MonitorConfig
import Rules
import SoundTypes
import SourceTypes
import Testing
import Tracking

@Suite struct ValueTests {
    @Test(arguments: [
        ("0", 0), ("120ms", 0.12), ("1.5s", 1.5), ("5m", 300), ("1h", 3_600), ("1h30m", 5_400),
        ("1d", 86_400), ("1m0.5s", 60.5), ("0ms", 0),
    ])
    func lengths(text: String, seconds: Double) throws {
        let configuration = try Configuration.parse(
            text: "rules: [{name: a, shell: x, cooldown: \(text)}]", file: "m.yaml")
        let cooldown = try #require(configuration.rules.first?.cooldownSeconds)
        #expect(abs(cooldown - seconds) < 1e-9)
    }

    @Test(arguments: [
        "5", "s", "5 s", "5x", "-5s", "1e3s", ".5s", "5.s", "5s5", "٥s", "infs", "1..2s",
        "0x5s", "[1s]",
    ])
    func notLengths(text: String) {
        let found = faults("rules: [{name: a, shell: x, cooldown: \(text)}]")
        #expect(found.count == 1)
        #expect(found.first?.message.contains("cooldown") == true)
    }

    @Test(arguments: [
        ("", 256_000_000), ("pictures: off", 0), ("pictures: {}", 256_000_000),
        ("pictures: {keep: 1 MB}", 1_000_000), ("pictures: {keep: 4GB}", 4_000_000_000),
        ("pictures: {keep: 1 TB}", 1_000_000_000_000),
    ])
    func picturesAreKeptUpToASize(_ text: String, bytes: Int64) throws {
        let pictures = try Configuration.parse(text: text, file: "m.yaml").pictures
        #expect(pictures.keptBytes == bytes)
        #expect(pictures.takesAny == (bytes > 0))
        #expect(!pictures.ofSpeech)
    }

    @Test(
        arguments: [
            ("", [.seconds: 90, .scores: 90, .hookRuns: 365], nil),
            ("retention: {}", [.seconds: 90, .scores: 90, .hookRuns: 365], nil),
            (
                "retention: {seconds: forever, events: 1000d, size: 8 GB}",
                [.scores: 90, .hookRuns: 365, .events: 1_000], 8_000_000_000
            ),
            (
                "retention: {seconds: 2d, minutes: 30d, hours: 30d, scores: 48h, "
                    + "hook_runs: forever}",
                [.seconds: 2, .minutes: 30, .hours: 30, .scores: 2], nil
            ),
        ] as [(String, [Retention.Kind: Double], Int64?)])
    func dataIsKeptUpToAnAge(_ text: String, days: [Retention.Kind: Double], bytes: Int64?) throws {
        let retention = try Configuration.parse(text: text, file: "m.yaml").retention
        #expect(retention.seconds == days.mapValues { $0 * Retention.day })
        #expect(retention.bytes == bytes)
    }

    @Test func picturesOfSpeechAreKeptOnDemand() throws {
        let text = "pictures: {speech: true}"
        let pictures = try Configuration.parse(text: text, file: "m.yaml").pictures
        #expect(pictures == PictureConfiguration(ofSpeech: true))
    }

    @Test func graceIsADuration() throws {
        let configuration = try Configuration.parse(text: "hooks: {grace: 1m30s}", file: "m")
        #expect(configuration.hooks.grace == .seconds(90))
    }

    /// Whoever reads the service's database looks for the service's taught sounds, too.
    @Test(arguments: [
        ("/srv/ear/events.db", "/srv/ear/taught"), ("night.db", "taught"),
        ("data/night.db", "data/taught"), ("/events.db", "/taught"),
    ])
    func taughtSoundsAreBesideTheDatabase(database: String, taught: String) throws {
        let configuration = try Configuration.parse(text: "database: \(database)", file: "m")
        #expect(configuration.taught == taught)
        let named = try Configuration.parse(
            text: "database: \(database)\ntaught: /srv/sounds", file: "m")
        #expect(named.taught == "/srv/sounds")
    }

    @Test(arguments: [
        ("/etc/earwitness/monitord.yaml", "/etc/earwitness/"), ("conf/m.yaml", "conf/"),
        ("m.yaml", ""),
    ])
    func relativePathsStartAtTheDirectoryOfTheFile(file: String, directory: String) throws {
        let configuration = try Configuration.parse(
            text: """
                database: data/events.db
                model: /srv/m.soundnet
                taught: sounds
                sources: [{name: a, input: 'file:x.wav'}, {name: b, input: 'file:/y.wav'}]
                """, file: file)
        #expect(configuration.database == directory + "data/events.db")
        #expect(configuration.model == "/srv/m.soundnet")
        #expect(configuration.taught == directory + "sounds")
        #expect(
            configuration.sources.map(\.input.description) == [
                "file:\(directory)x.wav", "file:/y.wav",
            ])
    }

    @Test func wordsOfYAMLThatAreMeantAsText() throws {
        let configuration = try Configuration.parse(
            text: """
                rules:
                  - name: "on"
                    labels: [no, 1]
                    command: [echo, 3, yes, "", ~, 0x10]
                tracking: {"on": 0.7, labels: {off: {on: 0.9}}}
                """, file: "m.yaml")
        let rule = try #require(configuration.rules.first)
        #expect(rule.name == "on")
        #expect(rule.condition == .event(EventCondition(labels: ["no", "1"])))
        #expect(rule.commands == [.arguments(["echo", "3", "yes", "", "~", "0x10"])])
        #expect(configuration.tracking.common.onThreshold == 0.7)
        #expect(configuration.tracking.parameters(for: "off").onThreshold == 0.9)
    }

    @Test func sensitivityOfAllAndOfALabel() throws {
        let tracking = try Configuration.parse(
            text: "tracking: {sensitivity: low, labels: {siren: {sensitivity: high}}}",
            file: "m.yaml"
        ).tracking
        #expect(tracking.sensitivity(of: "siren") == .high)
        #expect(tracking.sensitivity(of: "dog") == .low)
        #expect(!tracking.overrulesModel(for: "siren"))
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text: "tracking: {sensitivity: keen}", file: "m.yaml")
            Issue.record("an unknown sensitivity was accepted")
        } catch {
            #expect(
                "\(error)"
                    == "m.yaml:1:25: sensitivity is 'keen'; accepted is one of low, normal, high")
        }
    }

    @Test func standardInputHasAStream() throws {
        let configuration = try Configuration.parse(
            text: "sources: [{name: a, input: stdin}]", file: "m.yaml")
        #expect(configuration.sources.first?.stream == StreamFormat())
    }

    @Test func levelsOfASource() throws {
        let configuration = try Configuration.parse(
            text: """
                sources:
                  - {name: a, input: stdin, full_scale_db: 123.01, noise_floor_db: -90,
                     microphone_correction: mics/7001234.txt}
                  - {name: b, input: 'alsa:hw:1'}
                """, file: "conf/m.yaml")
        let expected = LevelConfiguration(
            fullScaleDecibels: 123.01, microphoneCorrection: "conf/mics/7001234.txt",
            noiseFloorDecibels: -90)
        #expect(configuration.sources.map(\.levels) == [expected, LevelConfiguration()])
    }

    @Test func loudSounds() throws {
        let text = "loud: {above: -20, hysteresis: 3.5, minimum_duration: 0, hold: 10s}"
        let configuration = try Configuration.parse(text: text, file: "m.yaml")
        #expect(
            configuration.loud
                == LoudParameters(
                    absoluteDecibels: -20, hysteresisDecibels: 3.5, minimumDurationSeconds: 0,
                    holdSeconds: 10))
        #expect(try Configuration.parse(text: "loud:\n", file: "m.yaml").loud == nil)
    }

    /// `loud` is a label for rules if loud sounds are looked for, and for nothing else.
    @Test func theLabelOfLoudSounds() throws {
        let rule = "rules: [{name: a, shell: x, labels: [siren, loud]}]\n"
        let loud = "loud: {above: 60}\n"
        try Configuration.parse(text: rule + loud, file: "m.yaml").validate(
            labels: ["siren"], groups: [])
        let cases = [
            (rule, "m.yaml:1:45: unknown label 'loud'; it needs the section 'loud'"),
            (
                loud + "tracking: {labels: {loud: {on: 0.5}}}\n",
                "m.yaml:2:21: unknown label 'loud'; known: siren"
            ),
            (
                loud + "rules: [{name: a, shell: x, labels: [lout]}]\n",
                "m.yaml:2:38: unknown label 'lout'; did you mean 'loud'?"
            ),
        ]
        for (text, message) in cases {
            let configuration = try Configuration.parse(text: text, file: "m.yaml")
            #expect {
                try configuration.validate(labels: ["siren"], groups: [])
            } throws: { error in
                "\(error)" == message
            }
        }
    }

    @Test func fileIsLoaded() throws {
        let path = try write(Data("log_level: debug\n".utf8))
        #expect(try Configuration.load(path: path).logLevel == .debug)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func unreadableFiles() throws {
        let binary = try write(Data("log_level: info\nmodel: \"".utf8) + [0xFF, 0x22, 0x0A])
        let large = try write(Data(repeating: UInt8(ascii: "#"), count: 10_000_000))
        let pipe = binary + ".pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let cases = [
            ("/nonexistent/m.yaml", "/nonexistent/m.yaml: cannot be read: "),
            ("/", "/: cannot be read: it is not a regular file"),
            ("/dev/zero", "/dev/zero: cannot be read: it is not a regular file"),
            (pipe, "\(pipe): cannot be read: it is not a regular file"),
            (binary, "\(binary):2:1: this line is not UTF-8 text"),
            (large, "\(large): is larger than 1 MiB, the accepted size"),
        ]
        for (path, message) in cases {
            do {
                _ = try Configuration.load(path: path)
                Issue.record("\(path) was accepted")
            } catch {
                #expect(error.description.hasPrefix(message))
                #expect(error.faults.count == 1)
            }
        }
        for path in [binary, large, pipe] { try FileManager.default.removeItem(atPath: path) }
    }

    @Test func aLinkToAFileIsLoaded() throws {
        let path = try write(Data("log_level: debug\n".utf8))
        let link = path + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(try Configuration.load(path: link).logLevel == .debug)
        for path in [link, path] { try FileManager.default.removeItem(atPath: path) }
    }

    private func write(_ data: Data) throws -> String {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("earwitness-\(UUID().uuidString).yaml")
        try data.write(to: url)
        return url.path
    }
}

extension Rule {
    /// The lines of its commands.
    var commands: [HookCommand.Line] {
        actions.compactMap { action in
            if case .run(let command) = action.kind { command.line } else { nil }
        }
    }
}
