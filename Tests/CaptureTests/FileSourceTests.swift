import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

@Suite struct FileSourceTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Values that 16 bits represent exactly, all different within a second.
    private static func ramp(_ count: Int) -> [Float] {
        (0..<count).map { Float($0 * 37 % 65_536 - 32_768) / 32_768 }
    }

    @Test(arguments: [SoundFileWriter.Format.wav16, .wav24, .wavFloat, .flac16, .flac24])
    func losslessFormatsAreExact(_ format: SoundFileWriter.Format) throws {
        let path = directory.path("sound")
        let samples = Self.ramp(50_000)
        try SoundFileWriter.write(samples, to: path, format: format, rate: 44_100)
        let source = try FileSource(path: path, pace: .maximum)
        #expect(source.sampleRate.hertz == 44_100)
        #expect(source.frameCount == 50_000)
        #expect(source.durationSeconds == 50_000 / 44_100.0)
        let heard = readAll(source, blockSize: 777)
        #expect(difference(heard.samples, samples) == nil)
        #expect(heard.ending == .endOfStream)
        #expect(heard.times.isEmpty)
    }

    @Test func oggVorbisIsClose() throws {
        let path = directory.path("sound.ogg")
        let step = 2 * Double.pi * 1000 / 48_000
        let samples = (0..<48_000).map { Float(0.5 * sin(Double($0) * step)) }
        try SoundFileWriter.write(samples, to: path, format: .oggVorbis)
        let heard = readAll(try FileSource(path: path, pace: .maximum))
        #expect(heard.samples.count == 48_000)
        #expect(heard.ending == .endOfStream)
        let errors = zip(heard.samples, samples).map { Double($0 - $1) }
        let noise: Double = errors.reduce(0) { $0 + $1 * $1 }
        #expect(noise / 48_000 < 0.125 * 1e-3, "30 dB under the tone")
    }

    @Test(arguments: [1, 2, 3, 6], [SoundFileWriter.Format.wav16, .flac16])
    func everyChannelOfEveryCount(_ channels: Int, _ format: SoundFileWriter.Format) throws {
        let path = directory.path("sound")
        let samples = Self.ramp(1000 * channels)
        try SoundFileWriter.write(samples, to: path, format: format, channels: channels)
        for channel in 1...channels {
            let source = try FileSource(path: path, channel: channel, pace: .maximum)
            let expected = (0..<1000).map { samples[$0 * channels + channel - 1] }
            #expect(difference(readAll(source).samples, expected) == nil)
        }
        let error = #expect(throws: CaptureError.self) {
            try FileSource(path: path, channel: channels + 1, pace: .maximum)
        }
        #expect(error?.kind == .unsupportedChannel)
        #expect(
            error?.message == "there is no channel \(channels + 1); accepted: 1 to \(channels)")
    }

    @Test func notFiniteFloatsBecomeSilence() throws {
        let path = directory.path("sound.wav")
        try SoundFileWriter.write(
            [0.5, .nan, .infinity, -.infinity, 1.5], to: path, format: .wavFloat)
        #expect(readAll(try FileSource(path: path, pace: .maximum)).samples == [0.5, 0, 0, 0, 1.5])
    }

    @Test func theRealtimePaceIsThatOfAMicrophone() throws {
        let path = directory.path("sound.wav")
        let samples = Self.ramp(24_000)
        try SoundFileWriter.write(samples, to: path, format: .wav16)
        let source = try FileSource(path: path, pace: .realtime)
        let start = MonotonicClock.now()
        var heard = Heard()
        var arrivals: [Int64] = []
        read(source, into: &heard) { heard in
            if heard.blocks.count > arrivals.count { arrivals.append(MonotonicClock.now() - start) }
            return false
        }
        #expect(difference(heard.samples, samples) == nil)
        #expect(heard.blocks.allSatisfy { $0 <= 960 })
        // No sample comes before its time. A block may come late, for this thread has to wait for
        // others; a pace that is too slow makes every block late, and the later ones more.
        let ends = heard.blocks.indices.map { block in
            Int64(heard.blocks[...block].reduce(0, +)) * 1_000_000_000 / 48_000
        }
        let lateness = zip(arrivals, ends).map { $0 - $1 }
        #expect(lateness.allSatisfy { $0 >= 0 }, "\(lateness) ns")
        let least = try #require(lateness.suffix(lateness.count / 2).min())
        #expect(least < 100_000_000, "\(lateness) ns")
        let first = try #require(heard.times.first).nanoseconds
        for (index, nanoseconds) in heard.times {
            #expect(abs(nanoseconds - first - Int64(index) * 1_000_000_000 / 48_000) <= 1)
        }
    }

    // MARK: Refused

    private func refusal(_ path: String, rate: SampleRate? = nil) -> CaptureError? {
        #expect(throws: CaptureError.self) {
            try FileSource(path: path, rate: rate, pace: .maximum)
        }
    }

    @Test func aMissingFile() {
        let path = directory.path("nothing.wav")
        let error = refusal(path)
        #expect(error?.kind == .unreadable)
        #expect(error?.code == ENOENT)
        #expect(
            error?.description
                == "file:\(path): cannot be opened: No such file or directory (error 2)")
    }

    @Test func aDirectory() {
        let error = refusal(directory.url.path)
        #expect(error?.kind == .unreadable)
        #expect(error?.message == "is not a regular file")
    }

    /// Without a writer, opening a named pipe would wait for ever.
    @Test func aNamedPipe() {
        let path = directory.path("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        for path in [path, "/dev/zero"] {
            let error = refusal(path)
            #expect(error?.kind == .unreadable)
            #expect(error?.message == "is not a regular file")
        }
    }

    @Test func anEmptyFile() throws {
        let path = directory.path("empty.wav")
        try Data().write(to: URL(filePath: path))
        let error = refusal(path)
        #expect(error?.kind == .notAudio)
        #expect(error?.message == "is empty (0 bytes)")
    }

    @Test(arguments: [1, 11, 12, 43, 5000])
    func somethingElse(_ count: Int) throws {
        let path = directory.path("text.wav")
        try Data(repeating: 0x41, count: count).write(to: URL(filePath: path))
        let error = refusal(path)
        #expect(error?.kind == .notAudio)
        #expect(error?.message.hasPrefix("cannot be read as audio: ") == true)
        #expect(error?.message.hasSuffix("; accepted: WAV, FLAC, Ogg") == true)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(arguments: [
        (8_000, ". It holds nothing above 4000 Hz"), (11_025, ". It holds nothing above 5512 Hz"),
        (15_999, "; record at 16000 Hz or more"), (192_001, "; convert it to 192000 Hz or less"),
    ])
    func aRateThatIsNotAccepted(_ hertz: Int, _ remedy: String) throws {
        let path = directory.path("sound.wav")
        try SoundFileWriter.write([0, 0], to: path, format: .wav16, rate: hertz)
        let error = refusal(path)
        #expect(error?.kind == .unsupportedRate)
        let message = try #require(error?.message)
        #expect(message.hasPrefix("has \(hertz) Hz; accepted: 16000 to 192000 Hz"))
        #expect(message.contains(remedy))
    }

    @Test func anotherRateThanTheConfiguredOne() throws {
        let path = directory.path("sound.wav")
        try SoundFileWriter.write([0, 0], to: path, format: .wav16, rate: 44_100)
        let error = refusal(path, rate: SampleRate(hertz: 48_000))
        #expect(error?.kind == .unsupportedRate)
        #expect(error?.message == "has 44100 Hz; the configuration asks for 48000 Hz")
        let same = try FileSource(path: path, rate: SampleRate(hertz: 44_100), pace: .maximum)
        #expect(same.sampleRate.hertz == 44_100)
    }

    // MARK: Cut off

    private func cut(_ path: String, to byteCount: Int) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        try data.prefix(byteCount).write(to: URL(filePath: path))
    }

    @Test func aCutWAVGivesWhatIsThereAndThenAFault() throws {
        let path = directory.path("sound.wav")
        let samples = Self.ramp(96_000)
        try SoundFileWriter.write(samples, to: path, format: .wav16)
        try cut(path, to: 44 + 2 * 24_000 + 1)
        let source = try FileSource(path: path, pace: .maximum)
        #expect(source.durationSeconds == 2)
        let heard = readAll(source)
        #expect(difference(heard.samples, Array(samples[..<24_000])) == nil)
        guard case .failed(let fault) = heard.ending else {
            Issue.record("ended as \(String(describing: heard.ending))")
            return
        }
        #expect(fault.kind == .truncated)
        #expect(
            source.describe(fault).message
                == "the file ends early: its header promises 2.000 s, 0.500 s could be read")
    }

    @Test func aCutFLACGivesWhatIsThereAndThenAFault() throws {
        let path = directory.path("sound.flac")
        let samples = Self.ramp(96_000)
        try SoundFileWriter.write(samples, to: path, format: .flac16)
        let size = try Data(contentsOf: URL(filePath: path)).count
        try cut(path, to: size / 2)
        let source = try FileSource(path: path, pace: .maximum)
        let heard = readAll(source)
        #expect(heard.samples.count > 40_000 && heard.samples.count < 56_000)
        #expect(difference(heard.samples, Array(samples.prefix(heard.samples.count))) == nil)
        guard case .failed(let fault) = heard.ending else {
            Issue.record("ended as \(String(describing: heard.ending))")
            return
        }
        #expect(fault.kind == .truncated)
        let message = source.describe(fault).message
        let read = lengthText(Double(heard.samples.count) / 48_000)
        #expect(
            message.hasPrefix(
                "the file ends early: its header promises 2.000 s, \(read) could be read"))
    }

    /// A file of noise, so that its frames are large, in the format of `SoundFileWriter`.
    private func noise(_ format: SoundFileWriter.Format, _ path: String) throws -> [Float] {
        var random = SeededRandom(seed: 3)
        let samples = (0..<144_000).map { _ in
            Float(Int.random(in: -8_000...8_000, using: &random)) / 32_768
        }
        try SoundFileWriter.write(samples, to: path, format: format)
        return samples
    }

    /// What is whole in a damaged FLAC file is heard, before and after the damage, each sample in
    /// its place; the rest is a gap, which does not go unnoticed.
    @Test(arguments: [
        (3_000, 0 as UInt8), (3_000, 0x55), (1, 0x55), (60_000, 0), (60_000, 0xFF),
    ])
    func aDamagedFLACIsReadOnWith(_ count: Int, _ byte: UInt8) throws {
        let path = directory.path("sound.flac")
        let samples = try noise(.flac16, path)
        var data = try Data(contentsOf: URL(filePath: path))
        let middle = data.count / 2
        data.replaceSubrange(
            middle..<middle + count, with: Data(repeating: byte, count: count))
        try data.write(to: URL(filePath: path))
        let source = try FileSource(path: path, pace: .maximum)
        let heard = readAll(source)
        let gap = try #require(heard.gaps.first)
        #expect(heard.gaps.count == 1 && gap.cause == .damaged)
        let mostLost = 4_096 * (2 + count / 5_000)
        #expect(gap.lost > 0 && gap.lost <= mostLost, "\(gap)")
        let kept = Array(samples[..<gap.index] + samples[(gap.index + Int(gap.lost))...])
        #expect(difference(heard.samples, kept) == nil)
        guard case .failed(let fault) = heard.ending else {
            Issue.record("ended as \(String(describing: heard.ending))")
            return
        }
        #expect(fault.kind == .damaged)
        let (lost, read) = (Double(gap.lost) / 48_000, Double(heard.samples.count) / 48_000)
        #expect(
            source.describe(fault).message.hasPrefix(
                "the file is damaged: \(lengthText(lost)) of it cannot be decoded, "
                    + "\(lengthText(read)) could be read"))
    }

    /// The length in the stream information: 36 bits before the check sum of the samples.
    private func forgetLength(_ path: String) throws -> Data {
        var data = try Data(contentsOf: URL(filePath: path))
        data[21] &= 0xF0
        data.replaceSubrange(22..<26, with: Data(count: 4))
        try data.write(to: URL(filePath: path))
        return data
    }

    /// A FLAC file that does not know its length knows where its frames end.
    @Test func aFLACOfUnknownLengthKnowsItsEnd() throws {
        let path = directory.path("sound.flac")
        let samples = try noise(.flac16, path)
        let data = try forgetLength(path)
        let whole = readAll(try FileSource(path: path, pace: .maximum))
        #expect(difference(whole.samples, samples) == nil)
        #expect(whole.ending == .endOfStream)
        for part in [0.3, 0.59, 0.591, 0.9] {
            try data.prefix(Int(Double(data.count) * part)).write(to: URL(filePath: path))
            let heard = readAll(try FileSource(path: path, pace: .maximum))
            #expect(difference(heard.samples, Array(samples.prefix(heard.samples.count))) == nil)
            #expect(Double(heard.samples.count) > 144_000 * part - 8_192)
            guard case .failed(let fault) = heard.ending else {
                Issue.record("ended as \(String(describing: heard.ending))")
                continue
            }
            #expect(fault.kind == .truncated)
        }
    }

    /// What was cut out of a stream begins with a later frame, which is its first.
    @Test func aFLACThatBeginsWithALaterFrame() throws {
        let path = directory.path("sound.flac")
        let samples = try noise(.flac16, path)
        var data = try forgetLength(path)
        // A frame begins with these four bytes and its number.
        let first = try #require(data.range(of: Data([0xFF, 0xF8]))).lowerBound
        let header = data[first..<first + 4]
        #expect(data[first + 4] == 0)
        let second = try #require(data.range(of: header + [1], in: first + 5..<data.endIndex))
        data.removeSubrange(first..<second.lowerBound)
        try data.write(to: URL(filePath: path))
        let source = try FileSource(path: path, pace: .maximum)
        #expect(source.lengthSeconds == Double(144_000 - 4_096) / 48_000)
        let heard = readAll(source)
        #expect(heard.gaps.isEmpty)
        #expect(difference(heard.samples, Array(samples[4_096...])) == nil)
        #expect(heard.ending == .endOfStream)
    }

    /// The frames of a tone are short, and what is cut of the last one may look like its end.
    @Test func everyCutOfAFLACIsNoticed() throws {
        let path = directory.path("sound.flac")
        let step = 2 * Double.pi * 440 / 48_000
        let tone = (0..<24_000).map { Float((sin(Double($0) * step) * 8_000).rounded() / 32_768) }
        try SoundFileWriter.write(tone, to: path, format: .flac16)
        let data = try forgetLength(path)
        for missing in stride(from: 1, to: 1_500, by: 23) {
            try data.dropLast(missing).write(to: URL(filePath: path))
            let heard = readAll(try FileSource(path: path, pace: .maximum))
            guard case .failed(let fault) = heard.ending, fault.kind == .truncated else {
                Issue.record("\(missing) bytes: \(String(describing: heard.ending))")
                continue
            }
        }
    }

    /// The last page of an Ogg file says that it is the last.
    @Test func aCutOggIsNoticed() throws {
        let path = directory.path("sound.ogg")
        _ = try noise(.oggVorbis, path)
        let data = try Data(contentsOf: URL(filePath: path))
        for part in [0.5, 0.9, 0.999] {
            try data.prefix(Int(Double(data.count) * part)).write(to: URL(filePath: path))
            let source = try FileSource(path: path, pace: .maximum)
            let heard = readAll(source)
            guard case .failed(let fault) = heard.ending, fault.kind == .truncated else {
                Issue.record("ended as \(String(describing: heard.ending))")
                continue
            }
            #expect(source.describe(fault).message.hasPrefix("the file ends early: "))
        }
    }

    @Test(arguments: [4, 44, 480_044]) func nothingButZerosIsSaid(_ count: Int) throws {
        let path = directory.path("sound.wav")
        try Data(count: count).write(to: URL(filePath: path))
        let error = refusal(path)
        #expect(error?.kind == .notAudio)
        #expect(
            error?.message == "holds nothing but zeros (\(count) bytes): it was never written, "
                + "or was lost")
    }

    /// Programs that write to a pipe leave a length that means "unknown".
    @Test(arguments: [UInt32.max, 0x7FFF_FFDB, 0x8000_0000] as [UInt32])
    func anOpenLengthIsNoFault(_ length: UInt32) throws {
        let path = directory.path("sound.wav")
        let samples = Self.ramp(4800)
        try SoundFileWriter.write(samples, to: path, format: .wav16)
        var data = try Data(contentsOf: URL(filePath: path))
        withUnsafeBytes(of: length.littleEndian) { data.replaceSubrange(40..<44, with: $0) }
        try data.write(to: URL(filePath: path))
        let source = try FileSource(path: path, pace: .maximum)
        #expect(source.frameCount == nil)
        let heard = readAll(source)
        #expect(difference(heard.samples, samples) == nil)
        #expect(heard.ending == .endOfStream)
    }

    @Test func chunksInFrontOfTheDataAreSkipped() throws {
        let path = directory.path("sound.wav")
        try SoundFileWriter.write(Self.ramp(4800), to: path, format: .wav16)
        var data = try Data(contentsOf: URL(filePath: path))
        let list = Data("LIST".utf8) + Data([3, 0, 0, 0]) + Data("abc".utf8) + Data([0])
        data.insert(contentsOf: list, at: 36)
        try data.prefix(data.count - 4800).write(to: URL(filePath: path))
        let source = try FileSource(path: path, pace: .maximum)
        #expect(source.frameCount == 4800)
        let heard = readAll(source)
        #expect(heard.samples.count == 2400)
        #expect(heard.ending == .failed(CaptureFault(kind: .truncated)))
    }
}
