/// A line of the log as the systemd journal takes it: a datagram of fields, in the format of
/// systemd's "Native Journal Protocol" (systemd.io/JOURNAL_NATIVE_PROTOCOL).
struct JournalEntry {
    /// journald skips a field with a longer name: journal_field_valid() of systemd.
    private static let longestName = 64

    private(set) var datagram: [UInt8] = []

    /// Adds a field; one name may be there several times.
    ///
    /// - Parameter name: one that journald takes: `isName`
    mutating func add(_ name: String, _ value: String) {
        precondition(Self.isName(name), "\(name) is no name of a field")
        let bytes = Array(value.utf8)
        datagram += name.utf8
        if bytes.contains(UInt8(ascii: "\n")) {
            datagram.append(UInt8(ascii: "\n"))
            // "a 64-bit little endian integer number"
            let count = UInt64(bytes.count)
            datagram += (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        } else {
            datagram.append(UInt8(ascii: "="))
        }
        datagram += bytes
        datagram.append(UInt8(ascii: "\n"))
    }

    /// Whether journald takes fields of this name from a program: capital letters, digits and
    /// underscores, of which neither a digit nor an underscore comes first; an underscore marks
    /// what journald itself knows of the sender.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= longestName else { return false }
        return isCapital(first)
            && name.utf8.allSatisfy { isCapital($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isCapital(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
