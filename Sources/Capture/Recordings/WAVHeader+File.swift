internal import Glibc

/// The sound of a WAV file, as its header and the file together say.
struct WAVExtent {
    /// Bytes of sound that are there.
    let present: UInt64
    /// What the header states; `nil` if that is open.
    let stated: UInt64?
    /// The chunks after the sound.
    let chunks: [WAVHeader.Chunk]
}

extension WAVHeader {
    /// Up to this many zero bytes after the sound are padding, and not sound.
    private static let longestPadding: UInt64 = 4_096

    init?(descriptor: Int32) {
        self.init(read: { Self.read(descriptor, at: $0, count: $1) })
    }

    /// The number of frames the data chunk promises if that is more than `present`, otherwise
    /// `present`: libsndfile clamps the length of a cut-off file to what is there. `nil` if neither
    /// is known, the writer left the length open, or the promise does not fit in a number.
    static func promisedFrames(descriptor: Int32, present: Int64?) -> Int64? {
        guard let present, let header = WAVHeader(descriptor: descriptor),
            header.bytesPerSecond > 0
        else { return present }
        if header.isOpenEnded { return nil }
        let product = header.dataBytes.multipliedFullWidth(by: UInt64(header.framesPerSecond))
        let divisor = UInt64(header.bytesPerSecond)
        guard product.high < divisor,
            let promised = Int64(exactly: divisor.dividingFullWidth(product).quotient)
        else { return nil }
        return max(present, promised)
    }

    /// How much sound there is. A length that ends before the file does is right if chunks or
    /// padding follow the sound; otherwise all the rest is sound, of a writer that was stopped
    /// before it could complete the header. One that wrote 0 had left the length open.
    func extent(descriptor: Int32, fileBytes: UInt64) -> WAVExtent {
        let present = fileBytes - min(dataOffset, fileBytes)
        guard dataBytes < present else {
            return WAVExtent(
                present: present, stated: isOpenEnded ? nil : dataBytes, chunks: [])
        }
        let end = dataOffset + dataBytes
        // Some writers leave out the byte that makes the length even.
        for start in [end + dataBytes % 2, end] {
            guard let chunks = Self.chunks(from: start, to: fileBytes, descriptor) else { continue }
            return WAVExtent(present: dataBytes, stated: dataBytes, chunks: chunks)
        }
        let isOpen = isOpenEnded || dataBytes == 0
        return WAVExtent(present: present, stated: isOpen ? nil : dataBytes, chunks: [])
    }

    /// The chunks that fill the file from `start` to its end, padding apart; `nil` if something
    /// else is there.
    private static func chunks(
        from start: UInt64, to fileBytes: UInt64, _ descriptor: Int32
    ) -> [Chunk]? {
        var chunks: [Chunk] = []
        var offset = start
        while offset < fileBytes, !isPadding(from: offset, to: fileBytes, descriptor) {
            let next = chunk(at: offset) { read(descriptor, at: $0, count: $1) }
            guard let next, isName(next.name), next.offset + next.size <= fileBytes,
                chunks.count < maximumTrailers
            else { return nil }
            chunks.append(next)
            offset = next.end
        }
        return chunks
    }

    private static let maximumTrailers = 4_096

    /// Whether a name can be that of a chunk: four printable characters.
    static func isName(_ name: String) -> Bool {
        name.utf8.count == 4 && name.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func isPadding(
        from offset: UInt64, to fileBytes: UInt64, _ descriptor: Int32
    ) -> Bool {
        let count = fileBytes - offset
        guard count <= longestPadding else { return false }
        if count < 8 { return true }
        return read(descriptor, at: offset, count: Int(count))?.allSatisfy { $0 == 0 } ?? false
    }

    static func read(_ descriptor: Int32, at offset: UInt64, count: Int) -> [UInt8]? {
        guard let position = off_t(exactly: offset) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: the array has room for `count` bytes.
        let found = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress!, count, position)
        }
        return found == count ? bytes : nil
    }
}
