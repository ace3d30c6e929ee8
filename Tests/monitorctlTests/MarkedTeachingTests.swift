import EventStore
import Foundation
import ModelFormat
import SoundTypes
import Spectrogram
import TestSupport
import Testing
import Timekeeping

/// `monitorctl teach --marked`: a computed sound, as kept of events that had other labels.
@Suite struct MarkedTeachingTests {
    /// 2026-11-22T17:00:00Z
    private static let evening = UTCTime(microseconds: 1_795_366_800_000_000)

    private let directory: TemporaryDirectory
    private let product: BuiltProduct
    private let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
        model = try Model.builtIn()
    }

    private func run(_ arguments: [String]) async throws -> RunningProcess.Output {
        try await RunningProcess(
            [product.path] + arguments,
            environment: ["EARWITNESS_DATABASE": directory.path("events.db")]
        ).wait(within: .hang)
    }

    private func teach(_ arguments: [String]) async throws -> RunningProcess.Output {
        try await run(
            ["teach"] + arguments + ["--taught", directory.path("taught"), "--format", "json"])
    }

    /// The event, and a picture of it in which the sound begins after half a second.
    private func changes(_ id: Int64, label: String, rate: Int) throws -> [StoreChange] {
        let onset = Self.evening.adding(seconds: 60 * Double(id))
        let spectrogram = try LogMelSpectrogram(
            parameters: model.features, sampleRate: try #require(SampleRate(hertz: rate)))
        let code = LogMelCode(model.features)
        var frames: [UInt8] = []
        spectrogram.process(Warble(variant: Int(id)).clip.span) { frame in
            for band in 0..<frame.count { frames.append(code.byte(frame[band])) }
        }
        return [
            .event(
                SoundEvent(
                    id: id, source: "mic", label: label, onset: onset,
                    heardUntil: onset.adding(seconds: 1), peakConfidence: 0.9,
                    meanConfidence: 0.8, status: .complete)),
            .picture(
                EventPicture(
                    eventID: id, start: onset.adding(seconds: -0.5), features: model.features,
                    frames: frames, labels: [label], scores: [200], framesPerStep: 4,
                    model: model.identity, parameters: LabelParameters())),
        ]
    }

    private func mark(_ events: ClosedRange<Int64>, _ mark: EventMark) throws {
        let marker = try EventMarker(path: directory.path("events.db"))
        for id in events { #expect(try marker.mark(event: id, mark, at: Self.evening)) }
    }

    private func storeEvents() throws {
        let store = try EventStore(path: directory.path("events.db"))
        for id in 1...5 as ClosedRange<Int64> {
            try store.write(try changes(id, label: "siren", rate: Warble.rate))
        }
        try store.write(try changes(6, label: "warble", rate: Warble.rate * 5 / 4))
        let unseen = try changes(7, label: "warble", rate: Warble.rate)
        try store.write([unseen[0]])
        try store.close()
    }

    private struct Taught: Decodable {
        let clips: Int
        let markedWrong: Int
        let verdict: String
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }

    @Test(.timeLimit(.minutes(60))) func aSoundIsTaughtFromMarkedEvents() async throws {
        try storeEvents()
        try mark(1...4, EventMark(verdict: .wrong, label: "warble"))
        let few = try await teach(["warble", "--marked"])
        #expect(few.status == 64)
        #expect(few.standardError.contains("4 clips are too few; accepted: 5 or more"))

        try mark(5...5, EventMark(verdict: .wrong, label: "warble"))
        try mark(6...6, EventMark(verdict: .wrong))
        try mark(7...7, EventMark(verdict: .right))
        let output = try await teach(["warble", "--marked"])
        #expect(output.status == 0)
        #expect(
            output.standardError
                == "monitorctl: warning: event 7 is passed over: it has no picture\n")
        let taught = try decoded(Taught.self, output.standardOutput)
        #expect(taught.clips == 5 && taught.markedWrong == 1 && taught.verdict == "fairly")

        // What is now marked otherwise is no longer learned from as before.
        try mark(5...5, EventMark(verdict: .right))
        let changed = try await teach(["warble", "--marked", "--add", "--dry-run"])
        #expect(changed.status == 64)
        #expect(changed.standardError.contains("4 clips are too few"))

        // The frames were kept: neither another fit nor more clips need the database.
        try FileManager.default.removeItem(atPath: directory.path("events.db"))
        let refitted = try await teach(["--refit"])
        let all = try decoded([Taught].self, refitted.standardOutput)
        #expect(all.map(\.clips) == [5] && all.map(\.markedWrong) == [1])
        let clip = directory.path("clip.wav")
        try SoundFileWriter.write(
            Warble(variant: 9).clip, to: clip, format: .wavFloat, rate: Warble.rate)
        let added = try await teach(["warble", clip, "--add"])
        let more = try decoded(Taught.self, added.standardOutput)
        #expect(more.clips == 6 && more.markedWrong == 1)
    }

    @Test func anEmptyDatabaseIsSaid() async throws {
        try EventStore(path: directory.path("events.db")).close()
        let output = try await teach(["warble", "--marked"])
        #expect(output.status == 64)
        #expect(output.standardError.contains("is marked as warble\n"))
        #expect(output.standardError.contains("0 clips are too few"))
        let refused = try await teach(["--refit", "--marked"])
        #expect(refused.status == 64)
    }
}
