import Foundation
import SoundTypes
import Testing

@testable import ModelFormat
@testable import SoundNet

/// What the network computes, on real audio, against the reference of
/// `Training/goldens.py`.
@Suite struct SoundNetTests {
    @Test func theGoldenIsThatOfTheShippedModel() throws {
        #expect(try Golden().modelCRC32 == Model.builtIn().checksum)
    }

    @Test func agreesWithTheReference() throws {
        let golden = try Golden()
        let scores = try run(Model.builtIn(), golden.inputFrames())
        let expected = try Golden.values(golden.output.file)
        #expect(scores.count == golden.output.shape[0])
        #expect(worst(scores.flatMap { $0 }, expected) <= 1e-4)
    }

    /// Layer by layer, so that a fault shows where it is: the last frames of the excerpt, when
    /// every history is full.
    @Test func everyLayerAgreesWithTheReference() throws {
        let golden = try Golden()
        let model = try Model.builtIn()
        let net = SoundNet(model: model)
        var outputs = [[Float]](repeating: [], count: model.layers.count)
        let frames = try golden.inputFrames()
        for (index, frame) in frames.enumerated() {
            net.process(frame.span) { _ in
                guard index >= frames.count - golden.layerFrames else { return }
                for layer in outputs.indices { outputs[layer] += net.output(ofLayer: layer) }
            }
        }
        #expect(golden.layers.count == outputs.count)
        for layer in golden.layers {
            let expected = try Golden.values(layer.file)
            let scale = max(1, expected.map(abs).max() ?? 1)
            #expect(
                worst(outputs[layer.index], expected) <= 1.5e-4 * scale,
                "layer \(layer.index), \(layer.kind)")
        }
    }

    /// The running levels at first, later, and where their floor applies.
    @Test func levelAgreesWithTheReference() throws {
        let model = try Model(path: Golden.url("level.soundnet").path)
        let net = SoundNet(model: model)
        let bands = model.features.bands
        let frames = try Golden.frames("level_input.f32", bands: bands)
        let expected = try Golden.values("level_output.f32")
        let expectedNormalised = try Golden.values("level_normalised.f32")
        let expectedScores = try Golden.values("level_scores.f32")
        // Twice: the second time as if nothing had been heard before.
        for _ in 0..<2 {
            var (levelled, normalised, scores): ([Float], [Float], [Float]) = ([], [], [])
            for frame in frames {
                net.process(frame.span) { step in
                    levelled += net.output(ofLayer: 0)
                    normalised += net.output(ofLayer: 1)
                    scores.append(step[0])
                }
            }
            #expect(worst(levelled, expected) <= 1e-5)
            #expect(worst(normalised, expectedNormalised) <= 1e-5)
            #expect(worst(scores, expectedScores) <= 1e-4)
            net.reset()
        }
    }

    @Test func aLevelledNetworkDoesNotHearTheGain() throws {
        let model = try Model(path: Golden.url("level.soundnet").path)
        let frames = try Golden.frames("level_input.f32", bands: model.features.bands).prefix(140)
        let louder = frames.map { $0.map { $0 + 7 } }
        let (scores, same) = (try run(model, Array(frames)), try run(model, louder))
        #expect(worst(scores.flatMap { $0 }, same.flatMap { $0 }) <= 1e-5)
    }

    @Test func resetForgetsEverything() throws {
        let golden = try Golden()
        let frames = try golden.inputFrames()
        let model = try Model.builtIn()
        let fresh = try run(model, frames)
        let net = SoundNet(model: model)
        for frame in frames.prefix(101) { net.process(frame.span) { _ in } }
        net.reset()
        var again: [[Float]] = []
        for frame in frames { net.process(frame.span) { again.append(copy($0)) } }
        #expect(again == fresh)
    }

    @Test func scoresAreProbabilities() throws {
        let model = try Model.builtIn()
        // From far below the floor to the logarithm of the largest number.
        for level in [-200, -23, 0, 40, 89] as [Float] {
            let frames = [[Float]](
                repeating: [Float](repeating: level, count: model.features.bands), count: 40)
            for score in try run(model, frames).joined() { #expect((0...1).contains(score)) }
        }
    }

    @Test func theShippedModelKeepsTheBudget() throws {
        let model = try Model.builtIn()
        let stepsPerSecond = 1 / (model.features.hopSeconds * Double(model.framesPerStep))
        #expect(Double(model.multiplyAddsPerStep) * stepsPerSecond <= 15e6)
        #expect(model.weightCount <= 1_000_000)
        #expect(Double(model.delaySteps) / stepsPerSecond <= 0.1)
    }

    private func run(_ model: Model, _ frames: [[Float]]) throws -> [[Float]] {
        let net = SoundNet(model: model)
        var scores: [[Float]] = []
        for frame in frames { net.process(frame.span) { scores.append(copy($0)) } }
        return scores
    }

    private func copy(_ span: Span<Float>) -> [Float] {
        (0..<span.count).map { span[$0] }
    }

    private func worst(_ values: [Float], _ expected: [Float]) -> Float {
        guard values.count == expected.count else { return .infinity }
        return zip(values, expected).map { abs($0 - $1) }.max() ?? 0
    }
}

/// The description of the reference values, `network_golden.json`.
private struct Golden: Decodable {
    struct Tensor: Decodable {
        var file: String
        var shape: [Int]
    }

    struct Layer: Decodable {
        var index: Int
        var kind: String
        var file: String
    }

    var modelCRC32: UInt32
    var input: Tensor
    var output: Tensor
    var layerFrames: Int
    var layers: [Layer]

    enum CodingKeys: String, CodingKey {
        case input, output, layers
        case modelCRC32 = "model_crc32"
        case layerFrames = "layer_frames"
    }

    init() throws {
        let data = try Data(contentsOf: Self.url("network_golden.json"))
        self = try JSONDecoder().decode(Golden.self, from: data)
    }

    static func values(_ file: String) throws -> [Float] {
        try Data(contentsOf: url(file)).withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
    }

    /// [frames][bands]
    func inputFrames() throws -> [[Float]] {
        try Self.frames(input.file, bands: input.shape[1])
    }

    static func frames(_ file: String, bands: Int) throws -> [[Float]] {
        let values = try values(file)
        return stride(from: 0, to: values.count, by: bands).map { Array(values[$0..<($0 + bands)]) }
    }

    static func url(_ file: String) throws -> URL {
        try #require(Bundle.module.resourceURL).appending(path: "Fixtures").appending(path: file)
    }
}
