import HostSystem
import SourceTypes
import Testing

@Suite struct SourceSpecificationTests {
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

    /// A name without its kind.
    @Test(arguments: [
        ("hw:1,0", "alsa:hw:1,0"), ("default", "alsa:default"),
        ("plughw:CARD=x", "alsa:plughw:CARD=x"),
        ("night.flac", "file:night.flac"), ("/srv/a b", "file:/srv/a b"), ("-", "stdin"),
        ("defaults", nil), ("http://x/y", nil), ("", nil),
    ])
    func suggestsWhatWasMeant(_ text: String, _ meant: String?) {
        let hint = meant.map { "; did you mean '\($0)'?" } ?? ""
        #expect(SourceSpecificationError(text: text).hint == hint)
    }

    @Test(arguments: ["", "alsa", "alsa:", "file:", "file", "stdin:", "stdin:x", "hw:1", "Alsa:x"])
    func refusesTheRest(_ text: String) {
        let error = #expect(throws: SourceSpecificationError.self) {
            try SourceSpecification(parsing: text)
        }
        #expect(error?.exitStatus == .usage)
        let expected =
            "source: \"\(text)\" does not name a source; accepted: alsa:NAME, file:PATH, stdin"
            + (text == "hw:1" ? "; did you mean 'alsa:hw:1'?" : "")
        #expect(error?.description == expected)
    }
}
