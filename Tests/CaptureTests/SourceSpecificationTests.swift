import Acoustics
import TestSupport
import Testing

@testable import Capture

@Suite struct SourceSpecificationTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(arguments: [
        ("alsa:hw:1,0", SourceSpecification.alsa("hw:1,0")),
        ("alsa:default", .alsa("default")),
        ("alsa:a:b:c=d", .alsa("a:b:c=d")),
        ("file:/var/lib/a b.wav", .file("/var/lib/a b.wav")),
        ("file:c:d.flac", .file("c:d.flac")),
        ("stdin", .standardInput),
    ])
    func parsesAndWritesTheSame(_ text: String, _ expected: SourceSpecification) throws {
        let specification = try SourceSpecification(parsing: text)
        #expect(specification == expected)
        #expect(specification.description == text)
    }

    @Test(arguments: ["", "alsa", "alsa:", "file:", "file", "stdin:", "stdin:x", "hw:1", "Alsa:x"])
    func refusesTheRest(_ text: String) {
        let error = #expect(throws: CaptureError.self) {
            try SourceSpecification(parsing: text)
        }
        #expect(error?.kind == .badSpecification)
        #expect(
            error?.description
                == "source: \"\(text)\" names no source; accepted: alsa:NAME, file:PATH, stdin")
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
