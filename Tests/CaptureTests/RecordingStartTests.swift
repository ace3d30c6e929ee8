import Foundation
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

/// When a recording began, by what it says itself.
@Suite struct RecordingStartTests {
    /// 2026-11-22 18:00:05 in Berlin.
    private static let evening = UTCTime(microseconds: 1_795_366_805_000_000)
    private static let now = evening.adding(seconds: 86_400)

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Ten seconds of sound.
    private func start(
        _ header: WAVFile = WAVFile(), name: String = "sound.wav",
        pace: FileSource.Pace = .maximum, now: UTCTime = now
    ) throws -> RecordingStart {
        var file = header
        file.data = [UInt8](repeating: 1, count: 960_000)
        let path = directory.path(name)
        try file.write(to: path)
        return try withTimeZone("Europe/Berlin") {
            try FileSource(path: path, pace: pace).start(now: now)
        }
    }

    private static func broadcast(_ text: String) -> [UInt8] {
        var body = [UInt8](repeating: 0, count: 602)
        body.replaceSubrange(320..<338, with: Array(text.utf8))
        return WAVFile.chunk("bext", body)
    }

    private static func guano(_ time: String) -> [UInt8] {
        WAVFile.chunk("guan", Array("GUANO|Version: 1.0\nTimestamp: \(time)\nNote: x\n".utf8))
    }

    @Test(arguments: ["2026-11-2218:00:05", "2026:11:2218-00-05", "2026_11_2218.00.05"])
    func broadcastWave(_ text: String) throws {
        let start = try start(WAVFile(leading: Self.broadcast(text)), name: "20010101_000000.wav")
        #expect(start == RecordingStart(time: Self.evening, origin: .broadcastExtension))
        let after = try self.start(WAVFile(trailing: Self.broadcast(text)))
        #expect(after == start)
    }

    @Test(arguments: [
        "2026-11-22T18:00:05", "2026-11-22 18:00:05", "2026-11-22T17:00:05Z",
        "2026-11-22T19:00:05.000+02:00",
    ])
    func guanoMetadata(_ time: String) throws {
        let expected = RecordingStart(time: Self.evening, origin: .guano)
        #expect(try start(WAVFile(leading: Self.guano(time))) == expected)
        // Where it usually stands.
        #expect(try start(WAVFile(trailing: Self.guano(time))) == expected)
        // A recorder without a clock leaves zeros.
        let both = Self.broadcast("0000-00-0000:00:00") + Self.guano(time)
        #expect(try start(WAVFile(leading: both)) == expected)
    }

    /// What `--since` takes is no time of a recording.
    @Test(arguments: ["now", "1h", "yesterday", "18:00", "2026-13-22T18:00:05"])
    func whatIsNoTimestampIsNotBelieved(_ time: String) throws {
        #expect(try start(WAVFile(leading: Self.guano(time))).origin != .guano)
    }

    @Test(arguments: [
        "20261122_180005.wav", "site-7_20261122_180005_x.wav", "R20261122-180005.WAV",
        "20261122T180005.flac",
    ])
    func theNameOfTheFile(_ name: String) throws {
        #expect(try start(name: name) == RecordingStart(time: Self.evening, origin: .name))
    }

    @Test(arguments: [
        "sound.wav", "20261322_180005.wav", "20261122_250005.wav", "120261122_180005.wav",
        "20261122_1800059.wav", "20261122180005.wav",
    ])
    func aRecordingThatDoesNotSayEndsNow(_ name: String) throws {
        let start = try start(name: name)
        #expect(start.origin == .endsNow)
        #expect(start.time == Self.now.adding(seconds: -10))
    }

    /// A clock that was never set does not make levels of the future.
    @Test func aTimeToComeIsNotBelieved() throws {
        let early = Self.evening.adding(seconds: -1)
        let start = try start(name: "20261122_180005.wav", now: early)
        #expect(start.time == early.adding(seconds: -10) && start.origin == .endsNow)
        #expect(
            start.description.hasSuffix(
                "\(Self.evening.localDescription), which it states, is still to come"))
    }

    @Test func atThePaceOfAMicrophoneItBeginsNow() throws {
        let start = try start(pace: .realtime)
        #expect(start == RecordingStart(time: Self.now, origin: .beginsNow))
        let named = try self.start(name: "20261122_180005.wav", pace: .realtime)
        #expect(named == RecordingStart(time: Self.evening, origin: .name))
    }

    /// The length is what is there, not what the header says.
    @Test func aFileOfUnknownLengthEndsNow() throws {
        let start = try start(WAVFile(dataSize: 0))
        #expect(start.time == Self.now.adding(seconds: -10))
    }

    @Test func itIsSaid() throws {
        let text = withTimeZone("Europe/Berlin") {
            RecordingStart(time: Self.evening, origin: .guano).description
        }
        #expect(
            text == "the recording begins at 2026-11-22 18:00:05, as its GUANO chunk says")
    }
}
