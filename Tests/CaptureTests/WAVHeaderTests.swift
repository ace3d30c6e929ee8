import Foundation
import HostSystem
import SourceTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

@Suite struct WAVHeaderTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func promise(_ bytes: [UInt8], present: Int64? = 0) throws -> Int64? {
        let path = directory.path("header.wav")
        try Data(bytes).write(to: URL(filePath: path))
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        let frames = WAVHeader.promisedFrames(descriptor: file.fileDescriptor, present: present)
        try file.close()
        return frames
    }

    @Test func thePromiseIsExact() throws {
        #expect(try promise(Header(dataBytes: 96_001).bytes) == 48_000)
        #expect(try promise(Header(dataBytes: 96_001).bytes, present: 48_001) == 48_001)
        #expect(try promise(Header(dataBytes: 96_001).bytes, present: nil) == nil)
        let long = Header(longDataBytes: 1 << 53 + 6)
        #expect(try promise(long.bytes) == 1 << 52 + 3)
    }

    @Test(arguments: [1 << 50, 1 << 63, UInt64.max])
    func aPromiseThatFitsNoNumberIsNone(_ longDataBytes: UInt64) throws {
        var header = Header(longDataBytes: longDataBytes)
        header.bytesPerSecond = 1
        #expect(try promise(header.bytes) == nil)
        header.framesPerSecond = .max
        #expect(try promise(header.bytes) == nil)
        header.bytesPerSecond = 0
        #expect(try promise(header.bytes, present: 7) == 7)
    }

    @Test func aHeaderWithoutEndIsGivenUp() throws {
        let chunks = [UInt8](repeating: 0, count: 8 * 5_000)
        let bytes = Header().bytes
        let padded = Array(bytes[..<12]) + chunks + Array(bytes[12...])
        #expect(try promise(padded, present: 5) == 5)
    }

    /// The hostile header from the review, through everything that reads it.
    @Test func aHostilePromiseIsHeardAsFarAsItGoes() throws {
        var header = Header(longDataBytes: 1 << 50)
        header.bytesPerSecond = 1
        let path = directory.path("hostile.wav")
        try Data(header.bytes + [UInt8](repeating: 1, count: 960)).write(to: URL(filePath: path))
        try hear(path)
    }

    // MARK: Lengths

    /// Five seconds of a ramp.
    private static let ramp = (0..<80_000).map { Int16(truncatingIfNeeded: $0 * 37) }
    private static let sound = ramp.flatMap { littleEndian($0) }
    private static let samples = ramp.map { Float($0) / 32_768 }
    private static let list = WAVFile.chunk(
        "LIST", Array("INFOISFT".utf8) + [4, 0, 0, 0, 1, 2, 3, 4])

    /// What is heard of a file, from the disk and from a pipe; both are the same.
    private func hear(_ file: WAVFile) throws -> (heard: Heard, message: String?) {
        let path = directory.path("sound.wav")
        try file.write(to: path)
        let source = try FileSource(path: path, pace: .maximum)
        let heard = readAll(source)
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        let rate = try #require(SampleRate(hertz: file.rate))
        let stream = try StreamSource(
            fileDescriptor: handle.fileDescriptor, format: StreamFormat(sampleRate: rate),
            channel: 1)
        let piped = readAll(stream)
        #expect(difference(piped.samples, heard.samples) == nil)
        #expect(piped.ending == heard.ending)
        if case .failed(let fault) = heard.ending {
            return (heard, source.describe(fault).message)
        }
        return (heard, nil)
    }

    /// The writer was stopped before it could write the length, or wrote to a pipe.
    @Test(arguments: [
        WAVFile(dataSize: 0), WAVFile(dataSize: .max), WAVFile(dataSize: 0x7FFF_FFDB),
        WAVFile(dataSize: 0x8000_0000), WAVFile(kind: "RF64", dataSize: .max, longSize: 0),
        WAVFile(kind: "RF64", dataSize: .max, longSize: .max),
        WAVFile(kind: "RF64", dataSize: .max), WAVFile(kind: "BW64", dataSize: .max, longSize: 0),
        WAVFile(isExtensible: true, dataSize: 0),
    ])
    func anOpenLengthIsAllThatIsThere(_ header: WAVFile) throws {
        var file = header
        (file.rate, file.data) = (16_000, Self.sound)
        let (heard, message) = try hear(file)
        #expect(difference(heard.samples, Self.samples) == nil)
        #expect(heard.ending == .endOfStream && message == nil)
    }

    /// Chunks after the sound are no sound, whether their length is even or not, and neither is
    /// padding.
    @Test(arguments: [
        WAVFile(trailing: list), WAVFile(trailing: list + WAVFile.chunk("id3 ", [1, 2, 3])),
        WAVFile(kind: "RF64", dataSize: .max, longSize: 160_000, trailing: list),
        WAVFile(kind: "BW64", dataSize: .max, longSize: 160_000, trailing: list),
        WAVFile(trailing: [0, 0, 0]), WAVFile(leading: list),
    ])
    func whatFollowsTheSoundIsNotHeard(_ frame: WAVFile) throws {
        var file = frame
        (file.rate, file.data) = (16_000, Self.sound)
        let (heard, message) = try hear(file)
        #expect(difference(heard.samples, Self.samples) == nil)
        #expect(heard.ending == .endOfStream && message == nil)
    }

    @Test func paddingToABlockIsNotHeard() throws {
        let path = directory.path("sound.wav")
        let padding = [UInt8](repeating: 0, count: 4_000)
        try WAVFile(data: Self.sound, trailing: padding).write(to: path)
        let heard = readAll(try FileSource(path: path, pace: .maximum))
        #expect(difference(heard.samples, Self.samples) == nil)
        #expect(heard.ending == .endOfStream)
    }

    /// The header was last brought up to date after half a second.
    @Test func aStaleLengthIsToldAndAllIsHeard() throws {
        let (heard, message) = try hear(WAVFile(rate: 16_000, dataSize: 16_000, data: Self.sound))
        #expect(difference(heard.samples, Self.samples) == nil)
        #expect(heard.ending == .failed(CaptureFault(kind: .damaged)))
        #expect(
            message == "its header promises 0.500 s, but 5.000 s of sound follow it; all of it "
                + "was read")
    }

    @Test func aPromiseOfMoreIsACut() throws {
        let (heard, message) = try hear(
            WAVFile(
                kind: "BW64", rate: 16_000, dataSize: .max, longSize: 320_000, data: Self.sound))
        #expect(difference(heard.samples, Self.samples) == nil)
        #expect(heard.ending == .failed(CaptureFault(kind: .truncated)))
        #expect(
            message
                == "the file ends early: its header promises 10.000 s, 5.000 s could be read")
    }

    @Test(arguments: [WAVFile(), WAVFile(trailing: list), WAVFile(dataSize: .max)])
    func anEmptyRecordingHasNoSound(_ file: WAVFile) throws {
        let (heard, message) = try hear(file)
        #expect(heard.samples.isEmpty)
        #expect(message == "there is no sound in it (0 samples)")
    }

    // MARK: Encodings

    /// Half of full scale in every encoding that is read by our own header.
    @Test(
        arguments: [
            (1, 8, [0xC0]), (1, 16, [0, 0x40]), (1, 24, [0, 0, 0x40]), (1, 32, [0, 0, 0, 0x40]),
            (1, 12, [0, 0x40]), (3, 32, [0, 0, 0, 0x3F]),
            (3, 64, [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]),
        ] as [(UInt16, Int, [UInt8])])
    func everyEncoding(_ tag: UInt16, _ bits: Int, _ half: [UInt8]) throws {
        let path = directory.path("sound.wav")
        for isExtensible in [false, true] {
            let data = (0..<480).flatMap { _ in half }
            let file = WAVFile(tag: tag, isExtensible: isExtensible, bits: bits, data: data)
            try file.write(to: path)
            let heard = readAll(try FileSource(path: path, pace: .maximum))
            #expect(heard.samples == [Float](repeating: 0.5, count: 480))
            #expect(heard.ending == .endOfStream)
        }
    }

    /// Nobody can say which 24 of the 32 bits are meant.
    @Test(arguments: [false, true])
    func aFrameThatItsSamplesDoNotFillIsRefused(_ isExtensible: Bool) throws {
        let path = directory.path("sound.wav")
        let data = [UInt8](repeating: 1, count: 960)
        try WAVFile(isExtensible: isExtensible, bits: 24, frameBytes: 4, data: data).write(to: path)
        let error = #expect(throws: CaptureError.self) {
            try FileSource(path: path, pace: .maximum)
        }
        #expect(error?.kind == .notAudio)
        #expect(
            error?.message == "its header contradicts itself: a frame of 1 x 24 bits has 4 bytes "
                + "(block align); accepted: 3")
    }

    /// Random damage: either an error or sound, never a crash.
    @Test func survivesHostileHeaders() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let path = directory.path("fuzz.wav")
        let sound = [UInt8](repeating: 3, count: 64)
        var heardRounds = 0
        for round in 0..<2_000 {
            var header = Header(longDataBytes: round % 2 == 0 ? nil : 64)
            header.dataBytes = 64
            var bytes = header.bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                damage(&bytes, using: &random)
            }
            try Data(bytes + sound).write(to: URL(filePath: path))
            do {
                try hear(path)
                heardRounds += 1
            } catch let error as CaptureError {
                #expect(!error.message.isEmpty, "seed \(seed)")
            }
        }
        #expect(heardRounds > 100, "the damage must leave some headers that can be read")
    }

    private func damage(_ bytes: inout [UInt8], using random: inout SeededRandom) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeLast(bytes.count - max(index, 1))
        default:
            // A four-byte number at the end of its range, where numbers are.
            let extreme: [UInt32] = [0, 1, .max, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF00, 48_000]
            let start = index / 4 * 4
            let number = extreme[Int.random(in: 0..<extreme.count, using: &random)]
            for (offset, byte) in littleEndian(number).enumerated()
            where start + offset < bytes.count { bytes[start + offset] = byte }
        }
    }

    /// Opens the file and reads as much of it as possible.
    private func hear(_ path: String) throws {
        let source = try FileSource(path: path, pace: .maximum)
        if let seconds = source.durationSeconds { #expect(seconds.isFinite && seconds >= 0) }
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count > 100_000 }
        if case .failed(let fault) = heard.ending {
            #expect(!source.describe(fault).message.isEmpty)
        }
    }
}

/// The header of a WAV file, or of an RF64 file if it has a long length.
private struct Header {
    var framesPerSecond: UInt32 = 48_000
    var bytesPerSecond: UInt32 = 96_000
    var dataBytes: UInt32 = 0
    var longDataBytes: UInt64?

    var bytes: [UInt8] {
        var text = Array((longDataBytes == nil ? "RIFF" : "RF64").utf8)
        let riffBytes = longDataBytes == nil ? 36 + dataBytes : .max
        text += littleEndian(riffBytes) + Array("WAVE".utf8)
        if let longDataBytes {
            text += Array("ds64".utf8) + littleEndian(UInt32(28))
            text += littleEndian(longDataBytes &+ 72)
            text += littleEndian(longDataBytes) + littleEndian(longDataBytes / 2)
            text += littleEndian(UInt32(0))
        }
        text += Array("fmt ".utf8) + littleEndian(UInt32(16))
        text += [1, 0, 1, 0] + littleEndian(framesPerSecond) + littleEndian(bytesPerSecond)
        text += [2, 0, 16, 0] + Array("data".utf8)
        return text + littleEndian(longDataBytes == nil ? dataBytes : UInt32.max)
    }
}
