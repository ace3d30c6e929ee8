import Foundation
import HostSystem
import SoundTypes
import TestSupport
import Testing

@testable import ModelFormat
@testable import SoundNet

@Suite struct ModelFileTests {
    @Test func theChecksumIsThatOfZlib() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        #expect(CRC32.checksum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    }

    @Test func theBuiltInModelIsWhole() throws {
        let model = try Model.builtIn()
        #expect(model.labels.count == model.tracking.count)
        #expect(model.labels.contains("siren"))
        #expect(model.framesPerStep == 4)
    }

    @Test func eachLabelOfTheBuiltInModelIsInOneGroup() throws {
        let model = try Model.builtIn()
        #expect(model.labelsOfGroup["warning"] == ["siren", "car_horn", "alarm"])
        #expect(model.labelsOfGroup.values.reduce(0) { $0 + $1.count } == model.labels.count)
    }

    @Test func lengthsOfALabelAreOptional() throws {
        var model = SmallModel()
        let plain = try Model(bytes: model.bytes, name: "x").tracking
        #expect(plain == [Model.LabelTracking(on: 0.5, off: 0.3)])
        model.header = model.header.replacingOccurrences(
            of: "\"off\":0.3",
            with: "\"off\":0.3,\"smoothing\":0,\"minimum_duration\":0.04,\"merge_gap\":1.5")
        #expect(
            try Model(bytes: model.bytes, name: "x").tracking == [
                Model.LabelTracking(
                    on: 0.5, off: 0.3, smoothingSeconds: 0, minimumDurationSeconds: 0.04,
                    mergeGapSeconds: 1.5)
            ])
    }

    @Test func anOperatingCurveIsOptional() throws {
        var model = SmallModel()
        model.header = model.header.replacingOccurrences(
            of: "\"off\":0.3",
            with: "\"off\":0.3,\"announce\":0.6,\"announce_window\":0.12,"
                + "\"sensitivity\":\"high\",\"curve\":{" + Self.point("low", on: 0.9, recall: 0.1)
                + "," + Self.point("high", on: 0.4, recall: 0.19) + "}")
        let tracking = try Model(bytes: model.bytes, name: "x").tracking[0]
        #expect(tracking.point(at: .low)?.on == 0.9)
        #expect(tracking.point(at: .normal) == nil)
        #expect(tracking.point(at: nil)?.falseAlarmInterval == [0, 3.5])
        #expect(tracking.isOfLittleUse)
        // Without a point the thresholds beside the curve hold.
        #expect(tracking.parameters(at: .normal).onThreshold == 0.5)
        #expect(tracking.parameters(at: .normal).announceThreshold == 0.6)
        #expect(tracking.parameters(at: nil).onThreshold == 0.4)
        #expect(tracking.parameters(at: .low).announceThreshold == 0.95)
        #expect(tracking.parameters(at: .low).announceSeconds == 0.12)
    }

    private static func point(_ name: String, on: Double, recall: Double) -> String {
        "\"\(name)\":{\"on\":\(on),\"off\":0.2,\"announce\":0.95,\"recall\":\(recall),"
            + "\"false_alarms\":1.5,\"false_alarms_95\":[0,3.5]}"
    }

    @Test func aSmallModelComputesWhatItSays() throws {
        // Two frames per step, two bands, one channel: y = relu(2 * newest + 1 * older - 1).
        let model = try Model(bytes: SmallModel().bytes, name: "small")
        let net = SoundNet(model: model)
        var scores: [Float] = []
        for frame in [[1, 5], [3, 0], [0, 0], [2, 7]] as [[Float]] {
            net.process(frame.span) { scores.append($0[0]) }
        }
        func sigmoid(_ value: Float) -> Float { 1 / (1 + exp(-value)) }
        #expect(scores == [sigmoid(2 * 3 + 1 - 1), sigmoid(2 * 2 + 0 - 1)])
    }

    @Test func refusesWhatIsNoModel() {
        let good = SmallModel().bytes
        #expect(throws: ModelError.notAModel(name: "x")) { try Model(bytes: [], name: "x") }
        #expect(throws: ModelError.notAModel(name: "x")) {
            try Model(bytes: Array("RIFF....WAVEfmt ".utf8), name: "x")
        }
        var newer = good
        newer[8] = 2
        #expect(throws: ModelError.unknownVersion(name: "x", found: 2, known: 1)) {
            try Model(bytes: newer, name: "x")
        }
        #expect(throws: ModelError.self) { try Model(path: "/nonexistent/x.soundnet") }
    }

    @Test func refusesEveryTruncation() {
        let good = SmallModel().bytes
        for length in 0..<good.count {
            #expect(throws: ModelError.self) { try Model(bytes: Array(good[..<length]), name: "x") }
        }
    }

    @Test func refusesEveryFlippedBit() {
        let good = SmallModel().bytes
        for index in good.indices {
            var bad = good
            bad[index] ^= 1 << (index % 8)
            #expect(throws: ModelError.self) { try Model(bytes: bad, name: "x") }
        }
    }

    @Test(arguments: [
        ("\"mel_scale\":\"htk\"", "\"mel_scale\":\"slaney\"", "mel scale"),
        ("\"kind\":\"conv\"", "\"kind\":\"lstm\"", "no such kind"),
        ("\"in\":1", "\"in\":2", "shape"),
        ("\"kernel\":[2,2]", "\"kernel\":[0,2]", "kernel"),
        ("\"stride\":[2,1]", "\"stride\":[3,1]", "skips"),
        ("\"dilation\":1", "\"dilation\":0", "dilation"),
        ("\"offset\":0", "\"offset\":9999", "leaves the file"),
        ("\"offset\":0", "\"offset\":-4", "leaves the file"),
        ("\"relu\":true", "\"relu\":1", "\"layers[0].relu\" is not true or false"),
        ("\"pad\":[0,0],", "", "missing"),
        ("{\"kind\":\"sigmoid\"}", "{\"kind\":\"flatten\"}", "no sigmoid"),
        ("[\"knock\"]", "[\"knock\",\"rain\"]", "labels"),
        (
            "\"on\":0.5", "\"on\":0.1",
            "thresholds of \"knock\": \"off\" is 0.3; accepted: up to \"on\", which is 0.1"
        ),
        ("\"off\":0.3", "\"off\":-1", "\"off\" is -1.0; accepted: 0.0 to 1.0"),
        (
            "\"off\":0.3", "\"off\":0.3,\"announce\":1.5",
            "\"announce\" is 1.5; accepted: 0.0 to 1.0"
        ),
        (
            "\"off\":0.3", "\"off\":0.3,\"sensitivity\":\"keen\"", "the header"
        ),
        (
            "\"off\":0.3",
            "\"off\":0.3,\"curve\":{\"keen\":{\"on\":1,\"off\":0,\"recall\":1,"
                + "\"false_alarms\":1,\"false_alarms_95\":[0,1]}}",
            "no such sensitivity \"keen\"; known: low, normal, high"
        ),
        (
            "\"off\":0.3",
            "\"off\":0.3,\"curve\":{\"low\":{\"on\":1,\"off\":0,\"recall\":1,"
                + "\"false_alarms\":1,\"false_alarms_95\":[2,1]}}",
            "\"false_alarms_95\" is [2.0, 1.0]; accepted: two numbers, the lower one first"
        ),
        (
            "\"off\":0.3", "\"off\":0.3,\"smoothing\":11",
            "\"smoothing\" is 11.0; accepted: 0.0 to 10.0"
        ),
        (
            "\"off\":0.3", "\"off\":0.3,\"minimum_duration\":-0.1",
            "thresholds of \"knock\": \"minimum_duration\" is -0.1; accepted: 0.0 to 60.0"
        ),
        (
            "\"off\":0.3", "\"off\":0.3,\"merge_gap\":1e300",
            "\"merge_gap\" is 1e+300; accepted: 0.0 to 60.0"
        ),
        (
            "\"off\":0.3", "\"off\":0.3,\"merge_gap\":\"1s\"",
            "\"thresholds[0].merge_gap\" is not a number"
        ),
        ("\"frames_per_step\":2", "\"frames_per_step\":0", "frames a step"),
        ("\"bands\":2", "\"bands\":1000000000", "\"bands\" is 1000000000; accepted: 1 to 512"),
        ("\"bands\":2,", "", "\"bands\" is missing in \"features\""),
        ("\"bands\":2", "\"bands\":2.5", "a fraction or a number out of range"),
        ("\"name\":\"small\",", "", "\"name\" is missing in the header"),
        ("[\"knock\"]", "[1]", "\"labels[0]\" is not a text"),
        ("[\"knock\"]", "null", "\"labels\" is not a list"),
        ("\"floor\":1e-10", "\"floor\":[]", "\"features.floor\" is not a number"),
        (
            "\"kernel\":[2,2]", "\"kernel\":[2,\"2\"]",
            "\"layers[0].kernel[1]\" is not a whole number"
        ),
        ("{\"name\"", "{name", "the header is not JSON"),
        (
            "{\"kind\":\"sigmoid\"}", "{\"kind\":\"sigmoid\"},{\"kind\":\"sigmoid\"}",
            "layer 1: only the last layer can be a sigmoid"
        ),
        (
            "{\"kind\":\"sigmoid\"}",
            "{\"kind\":\"normalise\",\"mean\":{\"offset\":0,\"shape\":[2]},"
                + "\"scale\":{\"offset\":0,\"shape\":[2]}},{\"kind\":\"sigmoid\"}",
            "layer 1: 2 values cannot normalise"
        ),
        (
            "\"layers\":[", "\"layers\":[{\"kind\":\"level\",\"floor\":-27.6},",
            "layer 0 (level): \"coefficient\" is missing"
        ),
        (
            "\"layers\":[", "\"layers\":[{\"kind\":\"level\",\"coefficient\":0.01},",
            "layer 0 (level): \"floor\" is missing"
        ),
        (
            "\"layers\":[",
            "\"layers\":[{\"kind\":\"level\",\"coefficient\":0,\"floor\":-27.6},",
            "\"coefficient\" is 0.0; accepted: more than 0, up to 1"
        ),
        (
            "\"layers\":[",
            "\"layers\":[{\"kind\":\"level\",\"coefficient\":1.5,\"floor\":-27.6},",
            "\"coefficient\" is 1.5; accepted: more than 0, up to 1"
        ),
        (
            "\"layers\":[",
            "\"layers\":[{\"kind\":\"level\",\"coefficient\":1,"
                + "\"band_coefficient\":-1,\"floor\":0},",
            "\"band_coefficient\" is -1.0; accepted: more than 0, up to 1"
        ),
        (
            "\"layers\":[",
            "\"layers\":[{\"kind\":\"level\",\"coefficient\":1,"
                + "\"band_coefficient\":1,\"floor\":0},",
            "layer 1: 1 inputs behind 2 channels"
        ),
        (
            "\"layers\":[",
            "\"layers\":[{\"kind\":\"level\",\"coefficient\":1,\"floor\":-1e300},",
            "\"floor\" is -1e+300; accepted: -1000 to 1000"
        ),
        (
            "{\"kind\":\"sigmoid\"}",
            "{\"kind\":\"level\",\"coefficient\":1,\"floor\":-27.6},{\"kind\":\"sigmoid\"}",
            "layer 1: only the first layer can be a level"
        ),
    ])
    func refusesAHeaderThatMakesNoSense(text: String, replacement: String, word: String) {
        var model = SmallModel()
        #expect(model.header.contains(text))
        model.header = model.header.replacingOccurrences(of: text, with: replacement)
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("window_seconds", "0.025", ["1e300", "0", "-1", "0.21"], "0.001 to 0.2"),
        ("hop_seconds", "0.01", ["1e300", "0", "1e-300", "0.11"], "0.001 to 0.1"),
        ("hop_seconds", "0.01", ["0.03"], "up to \"window_seconds\", which is 0.025"),
        ("fft_seconds", "0.05", ["1e300", "1e5", "-1e300", "1.1"], "0.001 to 1.0"),
        ("fft_seconds", "0.05", ["0.02"], "from \"window_seconds\" on, which is 0.025"),
        ("bands", "2", ["0", "-1", "513", "9223372036854775807"], "1 to 512"),
        ("low_hertz", "60", ["-1", "1e300"], "0.0 to 96000.0"),
        ("low_hertz", "60", ["7500", "8000"], "less than \"high_hertz\", which is 7500.0"),
        ("high_hertz", "7500", ["1e300", "-1e300", "96001"], "0.0 to 96000.0"),
        ("floor", "1e-10", ["0", "-1", "1e-300", "1e300"], "1e-30 to 1.0"),
    ])
    func refusesFeaturesThatNoSpectrogramHas(
        key: String, good: String, values: [String], accepted: String
    ) {
        for value in values {
            var model = SmallModel()
            let text = "\"\(key)\":\(good),"
            let end = "\"\(key)\":\(good)}"
            #expect(model.header.contains(text) || model.header.contains(end))
            for end in [",", "}"] {
                model.header = model.header.replacingOccurrences(
                    of: "\"\(key)\":\(good)" + end, with: "\"\(key)\":\(value)" + end)
            }
            let error = #expect(throws: ModelError.self) {
                try Model(bytes: model.bytes, name: "x")
            }
            let description = error?.description ?? ""
            #expect(description.contains("\"\(key)\" is "), "\(description)")
            #expect(description.hasSuffix("; accepted: " + accepted), "\(description)")
        }
    }

    @Test(arguments: ["1e-6", "1e-10", "1e-14", "1e-20"])
    func takesTheFloorOfTheFeatures(floor: String) throws {
        var model = SmallModel()
        model.header = model.header.replacingOccurrences(
            of: "\"floor\":1e-10", with: "\"floor\":\(floor)")
        #expect(try Model(bytes: model.bytes, name: "x").features.floor == Double(floor))
    }

    /// 256 MiB of old frames, from a file of 33 kB.
    @Test func refusesALongHistory() {
        var model = SmallModel()
        model.weights = [Float](repeating: 0, count: 4_096 * 2)
        for (text, replacement) in [
            ("\"kernel\":[2,2]", "\"kernel\":[4096,2]"), ("[2,2,1,1]", "[4096,2,1,1]"),
            ("\"offset\":64", "\"offset\":32768"), ("\"dilation\":1", "\"dilation\":4096"),
        ] {
            model.header = model.header.replacingOccurrences(of: text, with: replacement)
        }
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(
            error?.description.contains("bytes of memory; accepted: up to 67108864") == true,
            "\(error?.description ?? "")")
    }

    /// A kernel of a million inputs and one output is packed as one with 32 outputs: 64 MiB from a
    /// file of 4 MiB.
    @Test func refusesAProductThatIsMostlyPadding() {
        var model = SmallModel()
        model.weights = [Float](repeating: 0, count: 1_024 * 1_024)
        for (text, replacement) in [
            ("\"kernel\":[2,2]", "\"kernel\":[1024,1024]"), ("[2,2,1,1]", "[1024,1024,1,1]"),
            ("\"offset\":64", "\"offset\":4194304"), ("\"pad\":[0,0]", "\"pad\":[1022,0]"),
        ] {
            model.header = model.header.replacingOccurrences(of: text, with: replacement)
        }
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(
            error?.description.contains("bytes of memory; accepted: up to 67108864") == true,
            "\(error?.description ?? "")")
    }

    /// Sizes that fit their tensors, and overflow, or leave the file, when they are multiplied.
    @Test(arguments: [Int.max, 1 << 62, 1 << 32, 1 << 31, -1, .min])
    func refusesSizesThatOverflow(size: Int) {
        let hostile: [[(String, String)]] = [
            [("\"in\":1", "\"in\":\(size)"), ("[2,2,1,1]", "[2,2,\(size),1]")],
            [
                ("\"out\":1", "\"out\":\(size)"), ("[2,2,1,1]", "[2,2,1,\(size)]"),
                ("\"shape\":[1]", "\"shape\":[\(size)]"),
            ],
            [
                ("\"in\":1,\"out\":1", "\"in\":\(size),\"out\":\(size)"),
                ("[2,2,1,1]", "[2,2,\(size),\(size)]"), ("\"shape\":[1]", "\"shape\":[\(size)]"),
            ],
            [("\"kernel\":[2,2]", "\"kernel\":[\(size),\(size)]")],
            [("\"kernel\":[2,2]", "\"kernel\":[4096,4096]"), ("[2,2,1,1]", "[4096,4096,1,1]")],
            [("\"stride\":[2,1]", "\"stride\":[\(size),\(size)]")],
            [("\"pad\":[0,0]", "\"pad\":[\(size),\(size)]")],
            [("\"dilation\":1", "\"dilation\":\(size)")],
            [("\"frames_per_step\":2", "\"frames_per_step\":\(size)")],
            [("\"delay_steps\":0", "\"delay_steps\":\(size)")],
            [("\"offset\":64", "\"offset\":\(size)")],
            [("[2,2,1,1]", "[\(size),\(size),\(size),\(size)]")],
        ]
        for replacements in hostile {
            var model = SmallModel()
            for (text, replacement) in replacements {
                #expect(model.header.contains(text))
                model.header = model.header.replacingOccurrences(of: text, with: replacement)
            }
            #expect(throws: ModelError.self, "\(replacements)") {
                try Model(bytes: model.bytes, name: "x")
            }
        }
    }

    @Test func refusesAHeaderThatIsMostOfTheFile() {
        var model = SmallModel()
        model.header += String(repeating: " ", count: 1 << 20)
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(error?.description.contains("a header of ") == true)
    }

    @Test func refusesTensorsThatShareTheirBytes() {
        var model = SmallModel()
        let tensor = "{\"offset\":0,\"shape\":[2]}"
        let layer = "{\"kind\":\"normalise\",\"mean\":\(tensor),\"scale\":\(tensor)},"
        model.header = model.header.replacingOccurrences(
            of: "\"layers\":[", with: "\"layers\":[" + String(repeating: layer, count: 10))
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(error?.description.contains("more values than there are in the file") == true)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func refusesWeightsThatAreNoNumbers(_ value: Float) {
        var model = SmallModel()
        model.bias = value
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(error?.description.contains("no finite numbers") == true)
    }

    @Test func refusesWhatIsNoRegularFile() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, "/dev/zero", directory.url.path] {
            let error = #expect(throws: ModelError.self) { try Model(path: path) }
            #expect(error == .unreadable(path: path, reason: "it is not a regular file"))
            #expect(error?.exitStatus == .noInput)
        }
    }

    @Test func aLinkToAModelIsRead() throws {
        let directory = try TemporaryDirectory()
        try Data(SmallModel().bytes).write(to: URL(filePath: directory.path("model")))
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("link"), withDestinationPath: directory.path("model"))
        #expect(try Model(path: directory.path("link")).name == "small")
    }

    /// Random damage with a correct checksum: an error or a model, never a crash.
    @Test func survivesHostileHeaders() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for round in 0..<4_000 {
            var model = SmallModel()
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                if round % 2 == 0 {
                    model.damageByte(using: &random)
                } else {
                    model.replaceNumber(using: &random)
                }
            }
            do {
                let parsed = try Model(bytes: model.bytes, name: "x")
                let net = SoundNet(model: parsed)
                let frame = [Float](repeating: 1, count: parsed.features.bands)
                for _ in 0..<8 { net.process(frame.span) { _ in } }
            } catch {
                #expect(!error.description.isEmpty, "seed \(seed)")
            }
        }
    }
}

/// A model file with one layer that matters, and the sigmoid.
private struct SmallModel {
    var header = """
        {"name":"small","licence":"CC0-1.0","features":{"window_seconds":0.025,\
        "hop_seconds":0.01,"fft_seconds":0.05,"bands":2,"low_hertz":60,"high_hertz":7500,\
        "mel_scale":"htk","floor":1e-10},"labels":["knock"],\
        "thresholds":[{"on":0.5,"off":0.3}],"frames_per_step":2,"delay_steps":0,"layers":[\
        {"kind":"conv","in":1,"out":1,"kernel":[2,2],"stride":[2,1],"dilation":1,"pad":[0,0],\
        "relu":true,"weight":{"offset":0,"shape":[2,2,1,1]},"bias":{"offset":64,"shape":[1]}},\
        {"kind":"sigmoid"}]}
        """
    /// Older frame: weight 1 for the first band; newer frame: weight 2.
    var weights: [Float] = [1, 0, 2, 0]
    var bias: Float = -1

    var bytes: [UInt8] {
        var text = Array(header.utf8)
        while (20 + text.count) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        var tensors = weights.flatMap(littleEndian)
        while tensors.count % 64 != 0 { tensors.append(0) }
        tensors += littleEndian(bias)
        let content = text + tensors
        let checksum = CRC32.checksum(content[...])
        return Array("SOUNDNET".utf8) + littleEndian(UInt32(1)) + littleEndian(UInt32(text.count))
            + littleEndian(checksum) + content
    }

    mutating func damageByte(using random: inout SeededRandom) {
        var text = Array(header.utf8)
        let index = Int.random(in: 0..<text.count, using: &random)
        text[index] = UInt8.random(in: 32...126, using: &random)
        header = String(decoding: text, as: UTF8.self)
    }

    /// Replaces one number with another, mostly one at the end of some range.
    mutating func replaceNumber(using random: inout SeededRandom) {
        let numbers = [
            "0", "-1", "1", "3", "64", "512", "1000", "4096", "1e5", "0.5", "1e-300", "1e300",
            "-1e300", "2147483648", "4294967296", "9223372036854775807", "-9223372036854775808",
        ]
        let places = header.ranges(of: /-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?/)
        guard let place = places.randomElement(using: &random),
            let number = numbers.randomElement(using: &random)
        else { return }
        header.replaceSubrange(place, with: number)
    }

    private func littleEndian(_ value: Float) -> [UInt8] { littleEndian(value.bitPattern) }
    private func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
