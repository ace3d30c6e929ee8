import Foundation
import HostSystem
import TestSupport
import Testing

@testable import Capture

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

private func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
