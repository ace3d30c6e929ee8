/// The last bytes of a stream. Memory is bounded however long the stream is.
struct OutputTail: Sendable {
    private let limit: Int
    private var bytes: [UInt8] = []
    private var isCut = false

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes the next bytes; `isEndOnly` if bytes before them have been left out.
    mutating func append(_ new: [UInt8], isEndOnly: Bool = false) {
        if isEndOnly {
            bytes.removeAll(keepingCapacity: true)
            isCut = true
        }
        bytes.append(contentsOf: new)
        // Cut only now and then: moving the bytes for every line would cost more.
        if bytes.count > 2 * limit + 4_096 { cut() }
    }

    /// The tail as text: bytes that are not UTF-8, and NULs, become U+FFFD.
    var text: String {
        var copy = self
        copy.cut()
        var tail = copy.bytes[...]
        if copy.isCut {
            // The cut may have gone through a scalar: drop the rest of it.
            tail = tail.dropFirst(tail.prefix(3).prefix { $0 & 0xC0 == 0x80 }.count)
        }
        return String(decoding: tail, as: UTF8.self)
            .split(separator: "\0", omittingEmptySubsequences: false).joined(separator: "\u{FFFD}")
    }

    private mutating func cut() {
        guard bytes.count > limit else { return }
        bytes.removeFirst(bytes.count - limit)
        isCut = true
    }
}
