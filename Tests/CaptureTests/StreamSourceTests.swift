import Acoustics
import Foundation
import Testing

@testable import Capture

@Suite struct StreamSourceTests {
    /// Sample n of the stream is n / 2^15.
    private static func frames(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    private static func sample(_ index: Int) -> Float { Float(index) / 32_768 }

    private func source(
        _ pipe: Pipe, format: PCMFormat = .signed16, channels: Int = 1, channel: Int = 1
    ) throws -> StreamSource {
        let rate = try #require(SampleRate(hertz: 48_000))
        return try StreamSource(
            fileDescriptor: pipe.fileHandleForReading.fileDescriptor,
            format: StreamFormat(format: format, sampleRate: rate, channels: channels),
            channel: channel)
    }

    /// Whatever the pieces in which the bytes arrive, the samples are the same.
    @Test(arguments: [1, 2, 3, 5, 7, 1000, 4095])
    func partialFramesAreJoined(_ pieceBytes: Int) throws {
        let pipe = Pipe()
        let source = try source(pipe, channels: 2, channel: 2)
        let bytes = Self.frames(3000)
        var heard = Heard()
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let piece = bytes[start..<min(start + pieceBytes, bytes.count)]
            try pipe.fileHandleForWriting.write(contentsOf: Data(piece))
            // One read takes the whole piece; it is idle when that completes no frame.
            let reads = start / pieceBytes + 1
            read(source, into: &heard) { $0.blocks.count + $0.idleReads == reads }
        }
        try pipe.fileHandleForWriting.close()
        read(source, into: &heard) { _ in false }
        let expected = (0..<1500).map { Self.sample(2 * $0 + 1) }
        #expect(difference(heard.samples, expected) == nil)
        #expect(heard.ending == .endOfStream)
        #expect(heard.times.isEmpty)
    }

    @Test func moreThanABlockIsGivenInBlocks() throws {
        let pipe = Pipe()
        let source = try source(pipe)
        try pipe.fileHandleForWriting.write(contentsOf: Data(Self.frames(20_000)))
        try pipe.fileHandleForWriting.close()
        let heard = readAll(source, blockSize: 300)
        #expect(difference(heard.samples, (0..<20_000).map(Self.sample)) == nil)
        #expect(heard.blocks.max() == 300)
    }

    @Test func anEndInsideAFrameIsAFault() throws {
        let pipe = Pipe()
        let source = try source(pipe, format: .signed24Packed, channels: 2)
        try pipe.fileHandleForWriting.write(contentsOf: Data(repeating: 0, count: 6 * 480 + 5))
        try pipe.fileHandleForWriting.close()
        let heard = readAll(source)
        #expect(heard.samples.count == 480)
        let fault = CaptureFault(kind: .truncated)
        #expect(heard.ending == .failed(fault))
        #expect(
            source.describe(fault).description
                == "stdin: the stream ends 5 bytes into a frame of 6 bytes, after 0.010 s")
    }

    @Test func nothingToReadIsIdle() throws {
        let pipe = Pipe()
        let source = try source(pipe)
        var heard = Heard()
        let start = ContinuousClock.now
        read(source, into: &heard) { $0.idleReads == 3 }
        #expect(heard.samples.isEmpty)
        #expect(ContinuousClock.now - start >= .milliseconds(250))
        try pipe.fileHandleForWriting.close()
    }

    @Test func aClosedDescriptorIsAFault() throws {
        let rate = try #require(SampleRate(hertz: 48_000))
        let source = try StreamSource(
            fileDescriptor: 987_654,
            format: StreamFormat(format: .signed16, sampleRate: rate, channels: 1), channel: 1)
        let heard = readAll(source)
        let fault = CaptureFault(kind: .unreadable, code: EBADF)
        #expect(heard.ending == .failed(fault))
        #expect(
            source.describe(fault).description
                == "stdin: cannot read the stream after 0.000 s: Bad file descriptor (error 9)")
    }

    @Test(arguments: [(0, 1), (3, 2), (-1, 4)])
    func aMissingChannelIsRefused(_ channel: Int, _ channels: Int) throws {
        let pipe = Pipe()
        let error = #expect(throws: CaptureError.self) {
            try source(pipe, channels: channels, channel: channel)
        }
        #expect(
            error?.description
                == "stdin: there is no channel \(channel); accepted: 1 to \(channels)")
    }
}
