import Foundation
import HostSystem
import SoundTypes
import TestSupport
import Testing

@testable import ModelFormat
@testable import Teaching
@testable import Timekeeping

@Suite struct TaughtFolderTests {
    private let directory: TemporaryDirectory
    private let folder: TaughtFolder
    private let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        folder = TaughtFolder(path: directory.path("taught"))
        model = try Model.builtIn()
    }

    private func sound(_ label: String, model: Model? = nil) -> TaughtSound {
        let figures = TeachingFigures(
            found: [10, 9, 8, 10, 7], mistaken: nil, renditions: 10, falseShare: 0.01,
            confusions: [.init(name: "alarm", share: 0.125)], sameSounds: ["snoring"])
        let model = model ?? self.model
        return TaughtSound(
            label: label, model: model, taught: UTCTime(microseconds: 1_795_000_000_000_000),
            figures: figures,
            head: TaughtHead(
                weights: (0..<model.embeddingSize).map { Float($0) / 7 - 3 }, bias: -0.3,
                thresholds: .init(on: 0.7, off: 0.42)))
    }

    private var otherModel: Model {
        var other = model
        other.checksum ^= 1
        return other
    }

    /// Anybody who may read a folder could listen to the clips in it.
    @Test func nobodyElseMayReadTheFolder() throws {
        try folder.store(sound("doorbell"))
        try folder.storeClips(1, of: "doorbell") { _, path in
            try Data([0]).write(to: URL(fileURLWithPath: path))
        }
        // What an earlier version left open is closed when it is written again.
        #expect(chmod(folder.path, 0o755) == 0)
        #expect(chmod(folder.path + "/doorbell.taught", 0o644) == 0)
        try folder.store(sound("doorbell"))
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(
            files.sorted() == ["clips", "clips/doorbell", "clips/doorbell/001.flac"]
                + ["doorbell.taught"])
        for name in files + ["."] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: folder.path + "/" + name)
            let mode = try #require(attributes[.posixPermissions] as? NSNumber).intValue
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(mode == (isFolder ? 0o750 : 0o640), "\(name)")
        }
    }

    @Test func whatIsStoredIsRead() throws {
        #expect(try folder.content().sounds == [])
        try folder.store(sound("doorbell"))
        try folder.store(sound("boiler"))
        try folder.store(sound("boiler"))
        let content = try folder.content()
        #expect(content.sounds == [sound("boiler"), sound("doorbell")])
        #expect(content.faults == [])
        #expect(folder.selection(for: model).sounds.map(\.label) == ["boiler", "doorbell"])
        #expect(folder.selection(for: model).warnings == [])
        #expect(try directory.contents() == ["taught"])
    }

    @Test func aHeadOfAnotherModelIsPassedOver() throws {
        try folder.store(sound("doorbell", model: otherModel))
        try folder.store(sound("boiler"))
        let selection = folder.selection(for: model)
        #expect(selection.sounds.map(\.label) == ["boiler"])
        #expect(selection.labels == ["boiler", "doorbell"])
        #expect(
            selection.warnings == [
                "the taught sound doorbell is passed over: it was taught with another model; "
                    + "run: monitorctl teach --refit"
            ])
    }

    @Test func aLabelThatTheModelHasIsPassedOver() throws {
        try folder.store(sound("siren"))
        let selection = folder.selection(for: model)
        #expect(selection.sounds == [])
        #expect(selection.warnings.count == 1)
    }

    @Test func aDamagedFileSpoilsNothingElse() throws {
        try folder.store(sound("doorbell"))
        try Data("nonsense".utf8).write(to: URL(filePath: folder.path + "/boiler.taught"))
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder.path + "/doorbell.taught")))
        try Data(bytes).write(to: URL(filePath: folder.path + "/renamed.taught"))
        let selection = folder.selection(for: model)
        #expect(selection.sounds == [sound("doorbell")])
        #expect(selection.labels == ["boiler", "doorbell", "renamed"])
        #expect(selection.warnings.count == 2)
    }

    @Test func refusesEveryTruncationAndFlippedBit() {
        let good = sound("doorbell").bytes
        for length in good.indices {
            #expect(throws: TeachingError.self) {
                try TaughtSound(bytes: Array(good[..<length]), name: "x")
            }
            var bad = good
            bad[length] ^= 1 << (length % 8)
            #expect(throws: TeachingError.self) { try TaughtSound(bytes: bad, name: "x") }
        }
    }

    /// Files with a correct checksum and wrong content: an error or a sound of finite numbers,
    /// never a trap.
    @Test func hostileContentIsRefusedOrHarmless() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let good = sound("doorbell").bytes
        for _ in 0..<2_000 {
            var body = Array(good[20...])
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<min(body.count, 500), using: &random)
                body[place] = UInt8.random(in: 0...255, using: &random)
            }
            let header = Int(FramedFile.integer(good, at: 12))
            let bytes = TaughtSound.frame.encoded(
                header: Array(body[..<header]), values: Array(body[header...]))
            do {
                let sound = try TaughtSound(bytes: bytes, name: "x")
                #expect(TaughtSound.isName(sound.label), "seed \(seed)")
                guard sound.fits(model) else { continue }
                let embedding = [Float](repeating: 1, count: model.embeddingSize)
                #expect((0...1).contains(sound.head.score(embedding.span)), "seed \(seed)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test(arguments: [
        "", "siren", "loud", "Doorbell", "../x", "a b", "1st", "ä",
        String(repeating: "a", count: 41),
    ])
    func refusesTheLabel(_ label: String) {
        #expect(throws: TeachingError.self) { try TaughtSound.check(label: label, model: model) }
    }

    @Test func forgettingRemovesSoundAndClips() throws {
        try folder.store(sound("doorbell"))
        try folder.storeClips(2, of: "doorbell") { index, path in
            try Data([UInt8(index)]).write(to: URL(filePath: path))
        }
        #expect(
            try folder.clips("doorbell").map { URL(filePath: $0).lastPathComponent }
                == ["001.flac", "002.flac"])
        try folder.forget("doorbell")
        #expect(try folder.content().labels == [])
        #expect(try folder.clips("doorbell") == [])
        #expect(throws: TeachingError.unknownSound("doorbell", known: [])) {
            try folder.forget("doorbell")
        }
    }

    /// A second of frames that count up, as would be kept of an event.
    private func marked(
        _ event: Int64, at seconds: Double = 0, isTaughtSound: Bool = true
    ) throws -> MarkedSound {
        let onset = UTCTime(microseconds: 1_795_000_000_000_000).adding(seconds: seconds)
        let picture = EventPicture(
            eventID: event, start: onset.adding(seconds: -1), features: model.features,
            frames: (0..<300 * model.features.bands).map { UInt8(truncatingIfNeeded: $0) },
            labels: ["siren"], scores: [0], framesPerStep: 4, model: model.identity,
            parameters: LabelParameters())
        return try #require(
            MarkedSound(
                picture, onset: onset, heardUntil: onset.adding(seconds: 0.5),
                isTaughtSound: isTaughtSound))
    }

    @Test func markedEventsAreKeptWithTheClips() throws {
        let sounds = [try marked(3, isTaughtSound: false), try marked(12, at: 60)]
        try folder.storeClips(1, marked: sounds.reversed(), of: "doorbell") { _, path in
            try Data([1]).write(to: URL(filePath: path))
        }
        #expect(try folder.clips("doorbell").count == 1)
        #expect(try folder.marked("doorbell") == sounds)
        #expect(try folder.marked("other") == [])
        try folder.store(sound("doorbell"))
        try folder.forget("doorbell")
        #expect(try folder.marked("doorbell") == [])
    }

    /// From a quarter of a second before the onset to a quarter after the end.
    @Test func aMarkedEventIsCutOutOfItsPicture() throws {
        let frames = try #require(try marked(3).frames(for: model))
        #expect(frames.count == 100)
        let code = LogMelCode(model.features)
        let first = UInt8(truncatingIfNeeded: 75 * model.features.bands)
        #expect(frames.values.first == code.value(first))
        var other = model
        other.features.floor = 1e-10
        #expect(try marked(3).frames(for: other) == nil)
    }

    @Test func refusesTruncationsAndFlippedBitsOfAMarkedEvent() throws {
        let good = try marked(3).file
        for length in stride(from: 0, to: good.count, by: 7) {
            #expect(throws: TeachingError.self) {
                try MarkedSound(file: Array(good[..<length]), name: "x")
            }
            var bad = good
            bad[length] ^= 1 << (length % 8)
            #expect(throws: TeachingError.self) { try MarkedSound(file: bad, name: "x") }
        }
    }

    /// A file with the right checksum that somebody made up.
    @Test(arguments: [
        ("window_seconds", "-1"), ("hop_seconds", "1e300"), ("hop_seconds", "1e-300"),
        ("fft_seconds", "1e300"), ("bands", "6400"), ("bands", "4611686018427387904"),
        ("bands", "-64"), ("bands", "0"), ("high_hertz", "1e300"), ("low_hertz", "7500"),
        ("floor", "1e-300"), ("floor", "0"),
    ])
    func refusesAMarkedEventWithFeaturesThatMakeNoSense(name: String, value: String) throws {
        let content = try MarkedSound.frame.content(of: try marked(3).file)
        let header = String(decoding: content.header, as: UTF8.self)
        let bad = header.replacing(
            try Regex("\"\(name)\":[^,}]+"), with: "\"\(name)\":\(value)")
        #expect(bad != header)
        #expect(throws: TeachingError.self) {
            try MarkedSound(
                file: MarkedSound.frame.encoded(
                    header: Array(bad.utf8), values: Array(content.values)),
                name: "x")
        }
    }

    /// Stores clips of one byte each.
    private func storeClips(_ count: Int, byte: UInt8) throws {
        try folder.storeClips(count, of: "doorbell") { _, path in
            try Data([byte]).write(to: URL(filePath: path))
        }
        #expect(try folder.clips("doorbell").count == count)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/clips")
                == ["doorbell"])
    }

    @Test func newClipsReplaceTheOldOnes() throws {
        try storeClips(3, byte: 1)
        try storeClips(1, byte: 2)
    }

    /// The state a power cut between two renames leaves.
    @Test func clipsThatWereMovedAwayComeBack() throws {
        try storeClips(2, byte: 1)
        let place = folder.clipFolder("doorbell")
        try FileManager.default.moveItem(atPath: place, toPath: place + ".old")
        #expect(try folder.clips("doorbell").count == 2)
        try FileManager.default.moveItem(atPath: place, toPath: place + ".old")
        try storeClips(3, byte: 2)
    }

    /// The old ones stay until the new ones are complete.
    @Test func clipsThatCannotBeWrittenLeaveTheOldOnes() throws {
        try storeClips(2, byte: 1)
        #expect(throws: CancellationError.self) {
            try folder.storeClips(3, of: "doorbell") { index, path in
                if index == 2 { throw CancellationError() }
                try Data([2]).write(to: URL(filePath: path))
            }
        }
        let kept = try folder.clips("doorbell").map { try Data(contentsOf: URL(filePath: $0)) }
        #expect(kept == [Data([1]), Data([1])])
    }

    @Test func aFolderThatCannotBeWrittenIsSaid() throws {
        let file = directory.path("file")
        try Data().write(to: URL(filePath: file))
        let error = #expect(throws: TeachingError.self) {
            try TaughtFolder(path: file + "/taught").store(sound("doorbell"))
        }
        #expect(error?.exitStatus == .cannotCreate)
    }
}
