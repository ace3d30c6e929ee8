import SourceTypes
import TestSupport
import Testing
import Timekeeping

@testable import Capture

@Suite struct SourceOpeningTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func opensAFileAtTheAskedChannel() throws {
        let path = directory.path("two.wav")
        try SoundFileWriter.write([0.25, -0.5, 0.25, -0.5], to: path, format: .wav16, channels: 2)
        let format = StreamFormat(
            format: .signed16, sampleRate: try #require(SampleRate(hertz: 48_000)), channels: 1)
        let source = try SourceSpecification.file(path).open(
            channel: 2, rate: nil, pace: .maximum, streamFormat: format)
        #expect(source.sampleRate.hertz == 48_000)
        #expect(readAll(source).samples == [-0.5, -0.5])
    }
}
