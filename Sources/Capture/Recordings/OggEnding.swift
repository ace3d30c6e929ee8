/// Whether an Ogg file ends as it should: its last page is whole and says that it is the last.
///
/// Layout: RFC 3533, section 6.
enum OggEnding {
    /// A page has up to 27 + 255 + 255 x 255 bytes; what follows it may be a tag.
    private static let longestTail: UInt64 = 1 << 17
    private static let headerBytes = 27
    private static let endOfStream: UInt8 = 4

    static func isWhole(descriptor: Int32, fileBytes: UInt64) -> Bool {
        let count = min(fileBytes, longestTail)
        let tail = WAVHeader.read(descriptor, at: fileBytes - count, count: Int(count)) ?? []
        let mark = Array("OggS".utf8)
        let places = stride(from: tail.count - headerBytes, through: 0, by: -1)
        guard let start = places.first(where: { tail[$0..<$0 + 4].elementsEqual(mark) })
        else { return false }
        let bodyStart = start + headerBytes + Int(tail[start + 26])
        guard tail[start + 5] & endOfStream != 0, bodyStart <= tail.count else { return false }
        let body = tail[start + headerBytes..<bodyStart].reduce(0) { $0 + Int($1) }
        return bodyStart + body <= tail.count
    }
}
