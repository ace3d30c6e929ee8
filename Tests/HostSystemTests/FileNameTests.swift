import Testing

@testable import HostSystem

@Suite struct FileNameTests {
    /// Every name is the text of one file.
    @Test(arguments: [
        Array("street.wav".utf8), Array("Straße 🔔.wav".utf8), [0x63, 0xE9, 0x2E], [0xFF],
        [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0x80, 0xC3, 0xA9],
    ])
    func aNameKeepsItsBytes(_ name: [UInt8]) {
        let text = FileName.text(of: name)
        #expect(FileName.bytes(of: text).map { UInt8(bitPattern: $0) } == name + [0])
        #expect(FileName.text(of: name + name) == text + text)
    }

    @Test func whatIsNoTextIsShownInHex() {
        let text = FileName.text(of: [0x63, 0xE9, 0x1B, 0x2E])
        #expect(!FileName.isUTF8(text))
        #expect(printable(text) == "c\\xe9?.")
        #expect(FileName.isUTF8("é\u{1F514}"))
        #expect(printableLines("a\u{1B}\n\u{202E}b") == "a?\n?b")
    }
}
