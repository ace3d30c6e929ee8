import Monitoring
import Testing

@testable import monitord

/// The format of systemd's "Native Journal Protocol".
@Suite struct JournalEntryTests {
    private func datagram(_ name: String, _ value: String) -> [UInt8] {
        var entry = JournalEntry()
        entry.add(name, value)
        return entry.datagram
    }

    @Test func aValueOfOneLineFollowsAnEqualsSign() {
        #expect(datagram("MESSAGE", "a=b") == Array("MESSAGE=a=b\n".utf8))
        #expect(datagram("MESSAGE", "") == Array("MESSAGE=\n".utf8))
        #expect(datagram("MESSAGE", "bärig") == Array("MESSAGE=bärig\n".utf8))
    }

    /// Its length in bytes comes first, with the lowest byte first.
    @Test func aValueOfSeveralLinesFollowsItsLength() {
        #expect(
            datagram("MESSAGE", "ä\nb")
                == Array("MESSAGE\n".utf8) + [4, 0, 0, 0, 0, 0, 0, 0] + Array("ä\nb\n".utf8))
        let long = String(repeating: "x\n", count: 33_000)
        #expect(
            datagram("A", long)
                == Array("A\n".utf8) + [0xD0, 0x01, 1, 0, 0, 0, 0, 0] + Array((long + "\n").utf8))
    }

    @Test func fieldsFollowEachOther() {
        var entry = JournalEntry()
        entry.add("MESSAGE", "a\n")
        entry.add("PRIORITY", "6")
        #expect(
            entry.datagram == Array("MESSAGE\n".utf8) + [2, 0, 0, 0, 0, 0, 0, 0]
                + Array("a\n\nPRIORITY=6\n".utf8))
    }

    @Test(arguments: ["A", "MESSAGE", "A_1", "A__", String(repeating: "A", count: 64)])
    func namesThatJournaldTakes(_ name: String) {
        #expect(JournalEntry.isName(name))
    }

    @Test(arguments: [
        "", "_A", "1A", "a", "A b", "A-B", "A=", "A\n", "Ä", "A.",
        String(repeating: "A", count: 65),
    ])
    func namesThatItDoesNot(_ name: String) {
        #expect(!JournalEntry.isName(name))
    }

    @Test(arguments: LogField.allCases)
    func ourFieldsHaveNamesThatItTakes(_ field: LogField) {
        #expect(JournalEntry.isName(Journal.name(of: field)))
        #expect(Journal.name(of: field).hasPrefix("EARWITNESS_"))
    }
}
