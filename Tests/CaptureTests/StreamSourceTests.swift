import Foundation
import HostSystem
import SoundTypes
import SourceTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

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

    /// The samples are the same whatever pieces the bytes arrive in.
    @Test(arguments: [1, 2, 3, 5, 7, 1000, 4095])
    func partialFramesAreJoined(_ pieceBytes: Int) throws {
        let pipe = Pipe()
        let source = try source(pipe, channels: 2, channel: 2)
        let bytes = Self.frames(3000)
        var heard = Heard()
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let piece = bytes[start..<min(start + pieceBytes, bytes.count)]
            try pipe.fileHandleForWriting.write(contentsOf: Data(piece))
            // One read takes the whole piece; it is idle if that completes no frame.
            let reads = start / pieceBytes + 1
            read(source, into: &heard) { $0.blocks.count + $0.idleReads == reads }
        }
        try pipe.fileHandleForWriting.close()
        read(source, into: &heard) { _ in false }
        let expected = (0..<1500).map { Self.sample(2 * $0 + 1) }
        #expect(difference(heard.samples, expected) == nil)
        #expect(heard.ending == .endOfStream)
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

    // MARK: Times

    /// A clock set by hand, in nanoseconds.
    private final class HandClock {
        var nanoseconds: Int64 = 5_000_000_000
        var slept: Int64 = 7_000_000_000

        func advance(milliseconds: Int64) { nanoseconds += milliseconds * 1_000_000 }
    }

    private func source(
        _ pipe: Pipe, clock: HandClock, rate: SampleRate = .hz48000
    ) throws -> StreamSource {
        try StreamSource(
            fileDescriptor: pipe.fileHandleForReading.fileDescriptor,
            format: StreamFormat(sampleRate: rate), channel: 1, subject: "stdin",
            closesDescriptor: false, now: { clock.nanoseconds }, slept: { clock.slept })
    }

    /// Lets the source wait in vain, then writes a block and reads all of it.
    private func write(
        _ frames: Int, to pipe: Pipe, awaited: Bool = true, _ source: StreamSource,
        _ heard: inout Heard
    ) throws {
        let (idle, count) = (heard.idleReads, heard.samples.count)
        if awaited { read(source, into: &heard) { $0.idleReads > idle } }
        try pipe.fileHandleForWriting.write(contentsOf: Data(Self.frames(frames)))
        read(source, into: &heard) { $0.samples.count == count + frames }
    }

    @Test func timesAreThoseOfTheArrivalLessTheLength() throws {
        let (pipe, clock) = (Pipe(), HandClock())
        let source = try source(pipe, clock: clock)
        var heard = Heard()
        for _ in 0..<3 {
            clock.advance(milliseconds: 100)
            try write(4800, to: pipe, awaited: false, source, &heard)
        }
        #expect(heard.times.map(\.index) == [0, 4096, 4800, 8896, 9600, 13_696])
        for (index, nanoseconds) in heard.times {
            #expect(nanoseconds == 5_000_000_000 + Int64(index) * 1_000_000_000 / 48_000)
        }
    }

    @Test func withoutArrivalsThereAreNoTimes() throws {
        let pipe = Pipe()
        let source = try StreamSource(
            fileDescriptor: pipe.fileHandleForReading.fileDescriptor, format: StreamFormat(),
            channel: 1, timesArrivals: false)
        try pipe.fileHandleForWriting.write(contentsOf: Data(Self.frames(4800)))
        try pipe.fileHandleForWriting.close()
        let heard = readAll(source)
        #expect(heard.samples.count == 4800)
        #expect(heard.times.isEmpty)
    }

    /// An hour of a microphone whose crystal is 400 ppm slow: without following it, the line would
    /// be more than a second off, and a gap would be reported where there is none.
    @Test func theLineFollowsACrystal() throws {
        let (pipe, clock) = (Pipe(), HandClock())
        let rate = try #require(SampleRate(hertz: 16_000))
        let source = try source(pipe, clock: clock, rate: rate)
        var buffer = [Float](repeating: 0, count: 30_000)
        let block = Data(repeating: 0, count: 2 * buffer.count)
        let length = rate.nanoseconds(Int64(buffer.count))
        for _ in 0..<(3_600 * rate.hertz / buffer.count) {
            clock.nanoseconds += length + length / 2_500
            try pipe.fileHandleForWriting.write(contentsOf: block)
            let result = buffer.withUnsafeMutableBufferPointer { source.read(into: $0) }
            guard case .samples(buffer.count, let time?) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(abs(time + length - clock.nanoseconds) < 1_000_000)
        }
    }

    @Test func aPauseOfTheWriterIsAGap() throws {
        let (pipe, clock) = (Pipe(), HandClock())
        let source = try source(pipe, clock: clock)
        var heard = Heard()
        try write(4800, to: pipe, source, &heard)
        clock.advance(milliseconds: 3600_100)
        try write(4800, to: pipe, source, &heard)
        clock.advance(milliseconds: 900)
        try write(4800, to: pipe, source, &heard)
        #expect(heard.gaps.map(\.index) == [4800])
        #expect(heard.gaps.map(\.cause) == [.stalled])
        #expect(heard.gaps.map(\.lost) == [3600 * 48_000])
        let times = Dictionary(uniqueKeysWithValues: heard.times.map { ($0.index, $0.nanoseconds) })
        let (before, after) = (try #require(times[0]), try #require(times[4800]))
        #expect(after - before == 3_600_100_000_000)
    }

    /// The monotonic clock stands still while the system sleeps.
    @Test func aSleepIsAGap() throws {
        let (pipe, clock) = (Pipe(), HandClock())
        clock.slept += 3_600_000_000_000  // Before the first sample there is nothing to miss.
        let source = try source(pipe, clock: clock)
        var heard = Heard()
        try write(4800, to: pipe, source, &heard)
        clock.slept += 8 * 3_600_000_000_000
        for _ in 0..<3 {
            clock.advance(milliseconds: 100)
            try write(4800, to: pipe, source, &heard)
        }
        #expect(heard.gaps.map(\.index) == [4800])
        #expect(heard.gaps.map(\.cause) == [.suspended])
        #expect(heard.gaps.map(\.lost) == [8 * 3600 * 48_000])
        for (index, nanoseconds) in heard.times {
            #expect(nanoseconds == 4_900_000_000 + Int64(index) * 1_000_000_000 / 48_000)
        }
    }

    /// The bytes were there, and it was the reader that came late: nothing is known to be missing.
    @Test func aLateReaderMakesNoGap() throws {
        let (pipe, clock) = (Pipe(), HandClock())
        let source = try source(pipe, clock: clock)
        var heard = Heard()
        try write(4800, to: pipe, source, &heard)
        clock.advance(milliseconds: 60_000)
        try write(4800, to: pipe, awaited: false, source, &heard)
        #expect(heard.gaps.isEmpty)
        // Once the pipe has run dry and the sound is still late, it is missing.
        clock.advance(milliseconds: 100)
        try write(4800, to: pipe, source, &heard)
        #expect(heard.gaps.map(\.index) == [9600])
    }

    @Test func aRecordingFasterThanTimeKeepsToItsOwn() throws {
        let (pipe, clock) = (Pipe(), HandClock())
        let source = try source(pipe, clock: clock)
        var heard = Heard()
        for _ in 0..<50 {
            clock.advance(milliseconds: 1)
            try write(24_000, to: pipe, awaited: false, source, &heard)
        }
        #expect(heard.gaps.isEmpty)
        let (first, last) = (try #require(heard.times.first), try #require(heard.times.last))
        let expected = Int64(last.index) * 1_000_000_000 / 48_000
        #expect(abs(last.nanoseconds - first.nanoseconds - expected) < 2_000_000)
    }

    // MARK: WAV files

    /// A WAV file that arrives in pieces, with chunks before and after its sound.
    @Test(arguments: [1, 7, 4095])
    func aWAVFileIsHeardWithoutItsHeader(_ pieceBytes: Int) throws {
        let list = WAVFile.chunk("LIST", [1, 2, 3])
        let bytes = WAVFile(leading: list, data: Self.frames(3000), trailing: list + list).bytes
        let pipe = Pipe()
        let source = try source(pipe)
        var heard = Heard()
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let piece = bytes[start..<min(start + pieceBytes, bytes.count)]
            try pipe.fileHandleForWriting.write(contentsOf: Data(piece))
            let reads = start / pieceBytes + 1
            read(source, into: &heard) { $0.blocks.count + $0.idleReads >= reads }
        }
        try pipe.fileHandleForWriting.close()
        read(source, into: &heard) { _ in false }
        #expect(difference(heard.samples, (0..<3000).map(Self.sample)) == nil)
        #expect(heard.ending == .endOfStream)
    }

    private func refusal(_ file: WAVFile, format: PCMFormat = .signed16) throws -> String {
        let directory = try TemporaryDirectory()
        let path = directory.path("sound.wav")
        try file.write(to: path)
        // Not a pipe, which would wait for a reader of more than 64 KiB.
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        let source = try StreamSource(
            fileDescriptor: handle.fileDescriptor, format: StreamFormat(format: format),
            channel: 1)
        let heard = readAll(source)
        #expect(heard.samples.isEmpty)
        guard case .failed(let fault) = heard.ending else { return "" }
        #expect(source.describe(fault).exitStatus == .badData)
        return source.describe(fault).message
    }

    @Test func aWAVFileOfAnotherFormatIsRefused() throws {
        let data = [UInt8](repeating: 0, count: 960)
        #expect(
            try refusal(WAVFile(rate: 44_100, channels: 2, data: data))
                == "the stream is a WAV file with S16_LE, 44100 Hz, 2 channels; accepted: S16_LE, "
                + "48000 Hz, 1 channels")
        #expect(
            try refusal(WAVFile(data: data), format: .float32).hasSuffix(
                "with S16_LE, 48000 Hz, 1 channels; accepted: FLOAT_LE, 48000 Hz, 1 channels"))
        #expect(
            try refusal(WAVFile(bits: 24, frameBytes: 4, data: data), format: .signed24).hasPrefix(
                "its header contradicts itself: a frame of 1 x 24 bits has 4 bytes"))
        let junk = WAVFile.chunk("JUNK", [UInt8](repeating: 0, count: 70_000))
        #expect(
            try refusal(WAVFile(leading: junk))
                == "the header of the WAV file is longer than 65536 bytes")
    }

    @Test func aHeaderThatIsCutOffIsAFault() throws {
        let pipe = Pipe()
        let source = try source(pipe)
        try pipe.fileHandleForWriting.write(contentsOf: Data(WAVFile().bytes.prefix(30)))
        try pipe.fileHandleForWriting.close()
        let fault = CaptureFault(kind: .truncated)
        #expect(readAll(source).ending == .failed(fault))
        #expect(source.describe(fault).message == "the stream ends inside the header of a WAV file")
    }

    // MARK: Faults

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
