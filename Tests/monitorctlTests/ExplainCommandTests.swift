import EventStore
import Explanation
import Foundation
import ModelFormat
import SoundTypes
import Spectrogram
import TestSupport
import Testing
import Timekeeping

/// `monitorctl explain`, for recordings and for events.
@Suite struct ExplainCommandTests {
    private static let scene = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "demo/scene.flac").path
    /// 2026-11-22T17:00:00Z
    private static let evening = UTCTime(microseconds: 1_795_366_800_000_000)

    private let directory: TemporaryDirectory
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
    }

    /// Runs in the temporary directory, where images without a given name go.
    private func run(_ arguments: [String]) async throws -> RunningProcess.Output {
        let line = "cd \"$0\"; shift; exec \"$@\""
        return try await RunningProcess(
            ["/bin/sh", "-c", line, directory.url.path, "-", product.path, "explain"] + arguments,
            environment: [
                "TZ": "Europe/Berlin", "EARWITNESS_DATABASE": directory.path("events.db"),
            ]
        ).wait(within: .hang)
    }

    /// A little over a second of the siren from the scene.
    private func siren() throws -> (path: String, samples: [Float], rate: Int) {
        let scene = try SoundFileReader(Self.scene)
        let part = scene.samples[(50 * scene.rate)..<(50 * scene.rate + scene.rate * 6 / 5)]
        let samples = part.map { Float($0) / 32_768 }
        let path = directory.path("siren.wav")
        try SoundFileWriter.write(samples, to: path, format: .wav16, rate: scene.rate)
        return (path, samples, scene.rate)
    }

    private struct Result: Decodable {
        var label: String
        var timeS: Double
        var startS: Double
        var scores: [String: [Double]]
        var occlusion: Occlusion?

        struct Occlusion: Decodable {
            var score: Double
        }

        init(_ json: String) throws {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            self = try decoder.decode(Result.self, from: Data(json.utf8))
        }
    }

    @Test func aRecordingIsExplainedInTextAndPicture() async throws {
        let path = try siren().path
        let output = try await run([path, "--label", "siren"])
        #expect(output.status == 0)
        #expect(output.standardOutput.hasPrefix("\(path): siren at 0:0"))
        for title in ["SMOOTHED", "THRESHOLD", "RIVAL", "COVERED"] {
            #expect(output.standardOutput.contains(title))
        }
        #expect(output.standardError == "monitorctl: the image is siren.explain.png\n")
        let picture = try Data(contentsOf: directory.url.appending(path: "siren.explain.png"))
        #expect(picture.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
        // It is not replaced unless that is requested, and nothing is computed in vain.
        let again = try await run([path])
        #expect(again.status == 73)
        #expect(again.standardOutput == "")
        #expect(again.standardError.contains("--force replaces it"))
    }

    /// The scores are those of `monitorctl scores`, and the occlusion begins with the same score.
    @Test func theScoresAreThoseOfTheNetwork() async throws {
        let path = try siren().path
        let arguments = [path, "--at", "0:00.8", "--label", "siren", "--no-picture", "--json"]
        let output = try await run(arguments)
        #expect(output.status == 0)
        let result = try Result(output.standardOutput)
        let table = try product.run(["scores", path]).standardOutput.split(separator: "\n").map {
            $0.split(separator: "\t")
        }
        let column = try #require(table[0].firstIndex(of: "siren"))
        let expected = table.dropFirst().compactMap { Double($0[column]) }
        let scores = try #require(result.scores["siren"])
        #expect(scores.count == expected.count)
        #expect(zip(scores, expected).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(result.timeS == 0.8 && result.startS == 0)
        #expect(abs(try #require(result.occlusion).score - expected[20]) < 1e-3)
        #expect(try directory.contents() == ["siren.wav"])
    }

    @Test func aPictureGoesToStandardOutputAlone() async throws {
        let path = directory.path("out.png")
        let line = "\"$0\" explain \"$1\" --picture - > \"$2\""
        let output = try await RunningProcess(
            ["/bin/sh", "-c", line, product.path, try siren().path, path]
        ).wait(within: .hang)
        #expect(output.status == 0)
        #expect(output.standardError == "")
        let picture = try Data(contentsOf: URL(filePath: path))
        #expect(picture.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
        #expect(picture.suffix(8).prefix(4) == Data("IEND".utf8))
    }

    /// What the monitor stores of an event: the same frames as the network saw, as bytes.
    private func store(
        model: String? = nil, bands: Int? = nil, label: String = "siren"
    ) throws {
        let builtIn = try Model.builtIn()
        let (_, samples, rate) = try siren()
        let spectrogram = try LogMelSpectrogram(
            parameters: builtIn.features, sampleRate: try #require(SampleRate(hertz: rate)))
        let code = LogMelCode(builtIn.features)
        var frames: [UInt8] = []
        spectrogram.process(samples.span) { frame in
            for band in 0..<frame.count { frames.append(code.byte(frame[band])) }
        }
        var features = builtIn.features
        if let bands { features.bands = bands }
        let steps = frames.count / 64 / 4 - builtIn.delaySteps
        let store = try EventStore(path: directory.path("events.db"))
        let event = SoundEvent(
            id: 17, source: "mic", label: label, onset: Self.evening.adding(seconds: 0.4),
            heardUntil: Self.evening.adding(seconds: 1), peakConfidence: 0.9,
            meanConfidence: 0.5, status: .complete)
        let rise = (0..<steps).map { UInt8(min($0 * 10, 250)) }
        try store.write([
            .event(event),
            .event(
                SoundEvent(
                    id: 18, source: "mic", label: "loud", onset: Self.evening,
                    heardUntil: Self.evening, peakConfidence: 1, meanConfidence: 1,
                    status: .complete)),
            .picture(
                EventPicture(
                    eventID: 17, start: Self.evening, features: features, frames: frames,
                    labels: [label, "rain"],
                    scores: rise + [UInt8](repeating: 26, count: steps), framesPerStep: 4,
                    model: model ?? builtIn.identity,
                    parameters: LabelParameters(onThreshold: 0.65, smoothingSeconds: 0))),
        ])
        try store.close()
    }

    @Test func anEventIsExplainedFromWhatWasKept() async throws {
        try store()
        let output = try await run(["17"])
        #expect(output.status == 0)
        #expect(
            output.standardOutput.hasPrefix(
                "event 17 of mic: siren at 2026-11-22 18:00:00, +"))
        #expect(output.standardOutput.contains("\nrain      0.102    0.102\n"))
        #expect(output.standardOutput.contains("COVERED"))
        #expect(!output.standardOutput.contains("another model"))
        #expect(output.standardError == "monitorctl: the image is event-17.png\n")
    }

    @Test func anotherModelIsSaid() async throws {
        try store(model: "old 1")
        let output = try await run(["--event", "17", "--no-picture"])
        #expect(output.status == 0)
        #expect(output.standardOutput.contains("\nmodel old 1\n"))
        #expect(output.standardOutput.contains("the event was named by another model"))
        #expect(output.standardOutput.contains("the event\n"))
    }

    /// What is stored is shown, even if no model can hear it again.
    @Test func framesOfAnotherKindAreShownOnly() async throws {
        try store(model: "old 1", bands: 32)
        let output = try await run(["17", "--no-picture"])
        #expect(output.status == 0)
        #expect(output.standardOutput.contains("What it hangs on: not known; the model"))
    }

    @Test func anEventWithoutAPictureIsAnError() async throws {
        try store()
        let none = try await run(["99"])
        #expect(none.status == 66)
        #expect(
            none.standardError == "monitorctl: error: there is no event 99 in "
                + "\(directory.path("events.db"))\n")
        let loud = try await run(["18"])
        #expect(loud.status == 66)
        #expect(loud.standardError.contains("its level decided that it was loud"))
        let store = try EventStore(path: directory.path("events.db"), pictureBytes: 0)
        try store.close()
        let removed = try await run(["17"])
        #expect(removed.status == 66)
        #expect(removed.standardError.contains("event 17 has no picture"))
    }

    /// A file whose name is a number is a file; `--event` means the event.
    @Test func aNumberThatIsAFileIsAFile() async throws {
        try store()
        try FileManager.default.moveItem(
            atPath: directory.path("siren.wav"), toPath: directory.path("17"))
        let file = try await run(["17", "--no-picture"])
        #expect(file.standardOutput.hasPrefix("17: "))
        let event = try await run(["--event", "17", "--no-picture"])
        #expect(event.standardOutput.hasPrefix("event 17 of mic"))
    }

    @Test(arguments: [
        ([], "name either a recording, an event"),
        (["a.wav", "--event", "3"], "name either a recording, an event"),
        (["a.wav", "--channel", "0"], "--channel 0 is not 1 or more"),
        (["a.wav", "--at", "1:99"], "--at '1:99' is no place in a recording; accepted: seconds"),
        (["a.wav", "--at", "-1"], "no place in a recording"),
        (["17", "--label", "siren"], "--label is for recordings, and this is an event"),
        (["--event", "17", "--at", "3"], "--at is for recordings, and this is an event"),
        (["a.wav", "--picture", "-", "--json"], "writes nothing but the image"),
        (["a.wav", "--picture", ""], "--picture needs the name of a file"),
        (["a.wav", "--no-picture", "--picture", "x.png"], "exclude each other"),
    ])
    func wrongArgumentsAreExplained(_ arguments: [String], _ message: String) async throws {
        let output = try await run(arguments)
        #expect(output.status == 64)
        #expect(output.standardOutput == "")
        #expect(output.standardError.contains(message), "\(output.standardError)")
    }

    @Test func whatARecordingDoesNotHaveIsExplained() async throws {
        let path = try siren().path
        let label = try await run([path, "--label", "unicorn", "--no-picture"])
        #expect(label.status == 64)
        #expect(
            label.standardError.contains(
                "'unicorn' is neither a label of the model nor taught; accepted: siren"))
        let late = try await run([path, "--at", "9", "--no-picture"])
        #expect(late.status == 64)
        #expect(late.standardError.contains("9.0 s lies after the end of the recording, 1.2 s"))
        let missing = try await run([directory.path("none.wav")])
        #expect(missing.status == 66)
        let place = try await run([path, "--picture", directory.path("none/x.png")])
        #expect(place.status == 73)
    }

    @Test(arguments: [1, 760])
    func aRecordingShorterThanAFrameIsRefused(_ count: Int) async throws {
        let path = directory.path("short.wav")
        try SoundFileWriter.write(
            [Float](repeating: 0.1, count: count), to: path, format: .wav16, rate: 32_000)
        let output = try await run([path])
        #expect(output.status == 65)
        #expect(output.standardError.contains("too short to be explained"))
        #expect(try directory.contents() == ["short.wav"])
    }

    /// A configuration may name taught sounds, and a taught sound can be explained.
    @Test(.timeLimit(.minutes(60))) func aTaughtSoundIsExplained() async throws {
        let clips = try (0..<5).map { variant in
            let path = directory.path("clip\(variant).wav")
            try SoundFileWriter.write(
                Warble(variant: variant).clip, to: path, format: .wavFloat, rate: Warble.rate)
            return path
        }
        let folder = directory.path("taught")
        let lesson = try await product.start(["teach", "warble"] + clips + ["--taught", folder])
            .wait(within: .hang)
        #expect(lesson.status == 0)
        let configuration = directory.path("monitord.yaml")
        let rule = "{name: w, labels: [warble], command: [/bin/true]}"
        let text = "taught: \(folder)\nrules:\n  - \(rule)\n"
        try Data(text.utf8).write(to: URL(filePath: configuration))
        let scene = directory.path("scene.wav")
        try SoundFileWriter.write(
            Warble(variant: 8).samples(seconds: 8, soundsAt: [3]), to: scene, format: .wavFloat,
            rate: Warble.rate)
        let arguments = [scene, "--label", "warble", "--no-picture", "--json"]
        for options in [["--config", configuration], ["--taught", folder]] {
            let output = try await run(arguments + options)
            #expect(output.status == 0, "\(output.standardError)")
            let result = try Result(output.standardOutput)
            #expect(result.label == "warble" && (3...5).contains(result.timeS))
            // The network has no such output.
            #expect(result.occlusion == nil)
        }
        #expect(try await run(arguments).status == 64)
    }
}
