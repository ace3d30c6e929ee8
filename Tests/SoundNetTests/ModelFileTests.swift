import Acoustics
import Foundation
import TestSupport
import Testing

@testable import SoundNet

@Suite struct ModelFileTests {
    @Test func theChecksumIsThatOfZlib() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        #expect(CRC32.checksum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    }

    @Test func theBuiltInModelIsWhole() throws {
        let model = try Model.builtIn()
        #expect(model.labels.count == model.thresholds.count)
        #expect(model.labels.contains("siren"))
        #expect(model.framesPerStep == 4)
    }

    @Test func aSmallModelComputesWhatItSays() throws {
        // Two frames a step, two bands, one channel: y = relu(2 * newest + 1 * older - 1).
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
        ("\"relu\":true", "\"relu\":1", "header"),
        ("\"pad\":[0,0],", "", "missing"),
        ("{\"kind\":\"sigmoid\"}", "{\"kind\":\"flatten\"}", "no sigmoid"),
        ("[\"knock\"]", "[\"knock\",\"rain\"]", "labels"),
        ("\"on\":0.5", "\"on\":0.1", "thresholds"),
        ("\"frames_per_step\":2", "\"frames_per_step\":0", "frames a step"),
        ("\"bands\":2", "\"bands\":1000000000", "bands"),
    ])
    func refusesAHeaderThatMakesNoSense(text: String, replacement: String, word: String) {
        var model = SmallModel()
        #expect(model.header.contains(text))
        model.header = model.header.replacingOccurrences(of: text, with: replacement)
        let error = #expect(throws: ModelError.self) { try Model(bytes: model.bytes, name: "x") }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    /// Random damage with a right checksum: an error or a model, never a crash.
    @Test func survivesHostileHeaders() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<3_000 {
            var model = SmallModel()
            var text = Array(model.header.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                text[index] = UInt8.random(in: 32...126, using: &random)
            }
            model.header = String(decoding: text, as: UTF8.self)
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

/// A model file of one layer that counts, and the sigmoid.
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
        tensors += [UInt8](repeating: 0, count: 64 - tensors.count) + littleEndian(bias)
        let content = text + tensors
        let checksum = CRC32.checksum(content[...])
        return Array("SOUNDNET".utf8) + littleEndian(UInt32(1)) + littleEndian(UInt32(text.count))
            + littleEndian(checksum) + content
    }

    private func littleEndian(_ value: Float) -> [UInt8] { littleEndian(value.bitPattern) }
    private func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
