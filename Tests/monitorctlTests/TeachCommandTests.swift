import Foundation
import TestSupport
import Testing

/// `monitorctl teach`, `taught` and `forget`, with a computed sound.
@Suite struct TeachCommandTests {
    private let directory: TemporaryDirectory
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
    }

    private func run(_ arguments: [String]) async throws -> RunningProcess.Output {
        try await product.start(arguments + ["--taught", directory.path("taught")])
            .wait(within: .hang)
    }

    private func clips(_ count: Int) throws -> [String] {
        try (0..<count).map { variant in
            let path = directory.path("clip\(variant).wav")
            try SoundFileWriter.write(
                Warble(variant: variant).clip, to: path, format: .wavFloat, rate: Warble.rate)
            return path
        }
    }

    private struct Taught: Decodable {
        let label: String
        let clips: Int
        let recall: Double
        let verdict: String
        let stale: Bool?
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    @Test(.timeLimit(.minutes(60))) func aSoundIsTaughtFoundAndForgotten() async throws {
        let output = try await run(["teach", "warble"] + clips(5) + ["--format", "json"])
        #expect(output.status == 0)
        #expect(output.standardError == "")
        let taught = try decoded(Taught.self, output.standardOutput)
        #expect(taught.label == "warble" && taught.clips == 5 && taught.verdict == "fairly")

        let listing = try await run(["taught", "--format", "json"])
        #expect(try decoded([Taught].self, listing.standardOutput).map(\.stale) == [false])
        #expect(try await run(["taught"]).standardOutput.contains("warble      5"))

        let scene = directory.path("scene.wav")
        try SoundFileWriter.write(
            Warble(variant: 8).samples(seconds: 8, soundsAt: [3]), to: scene, format: .wavFloat,
            rate: Warble.rate)
        let analysis = try await run(["analyze", scene])
        #expect(analysis.standardOutput.contains("warble"))
        let scores = try await run(["scores", scene])
        let header = scores.standardOutput.prefix { $0 != "\n" }
        #expect(header.hasSuffix("\twarble"))

        #expect(try await run(["forget", "warble"]).status == 0)
        #expect(try await !run(["analyze", scene]).standardOutput.contains("warble"))
        let again = try await run(["forget", "warble"])
        #expect(again.status == 64)
        #expect(again.standardError.contains("no sound \"warble\" was taught; known: none"))
    }

    @Test func wrongArgumentsAreNamed() async throws {
        let clips = try clips(5)
        let long = directory.path("long.wav")
        try SoundFileWriter.write(
            [Float](repeating: 0.1, count: 11 * 16_000), to: long, format: .wavFloat, rate: 16_000)
        let silent = directory.path("silent.wav")
        try SoundFileWriter.write(
            [Float](repeating: 0, count: 16_000), to: silent, format: .wavFloat, rate: 16_000)
        let cases: [([String], Int32, String)] = [
            (["teach"], 64, "a label, and clips or --marked, are missing"),
            (["teach", "warble"] + clips[..<4], 64, "4 clips are too few; accepted: 5 or more"),
            (["teach", "siren"] + clips, 64, "\"siren\" is that of a built-in sound"),
            (["teach", "loud"] + clips, 64, "\"loud\" is that of a built-in sound"),
            (["teach", "../warble"] + clips, 64, "accepted: 1 to 40 of a-z"),
            (["teach", "warble"] + clips[..<4] + [long], 65, "is 11.0 s long; accepted: 0.2 to"),
            (["teach", "warble"] + clips[..<4] + [silent], 65, "there is no sound in"),
            (["teach", "warble"] + clips[..<4] + ["/nonexistent.wav"], 66, "cannot be opened"),
            (["teach", "warble", "--false-alarms", "9"] + clips, 64, "is not from 0.05 to 5.0"),
            (["teach", "--refit", "--add"], 64, "--refit goes with neither"),
        ]
        for (arguments, status, message) in cases {
            let output = try await run(arguments)
            #expect(output.status == status, "\(arguments)")
            #expect(output.standardError.contains(message), "\(output.standardError)")
        }
        #expect(try !directory.contents().contains("taught"))
        #expect(try await run(["teach", "--refit"]).status == 0)
        let empty = try await run(["taught"])
        #expect(empty.status == 0 && empty.standardError.contains("no sound was taught in"))
    }
}
