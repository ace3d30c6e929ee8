/// What a WAV file says about itself: RIFF, RF64 or BW64, up to the beginning of its sound.
///
/// Layout: RIFF, "Multimedia Programming Interface and Data Specifications 1.0" (1991);
/// WAVEFORMATEXTENSIBLE, "Multiple Channel Audio Data and WAVE Files" (Microsoft, 2007); RF64, EBU
/// Tech 3306; BW64, ITU-R BS.2088.
struct WAVHeader {
    /// A part of the file; its body begins at `offset`.
    struct Chunk {
        let name: String
        let offset: UInt64
        let size: UInt64

        /// Where the next chunk begins: bodies have an even length.
        var end: UInt64 { offset + size + size % 2 }
    }

    /// How a sample is written. Others are for libsndfile to decode.
    enum Encoding {
        case unsigned8, signed16, signed24, signed32, float32, float64, muLaw, aLaw
    }

    /// The bytes at an offset; `nil` if they are not all there.
    typealias Reader = (_ offset: UInt64, _ count: Int) -> [UInt8]?

    /// Where the sound begins.
    private(set) var dataOffset: UInt64 = 0
    /// The length of the sound in bytes; meaningless if `isOpenEnded`.
    private(set) var dataBytes: UInt64 = 0
    /// Whether the writer left the length open.
    private(set) var isOpenEnded = false
    private(set) var channels = 0
    private(set) var framesPerSecond: UInt32 = 0
    private(set) var bytesPerSecond: UInt32 = 0
    private(set) var frameBytes = 0
    private(set) var bitsPerSample = 0
    /// The chunks before the sound.
    private(set) var chunks: [Chunk] = []
    private var formatTag = 0

    /// Recordings have a handful of chunks before the data. Without a bound, a large file of empty
    /// ones would take minutes to walk through.
    private static let maximumChunks = 4_096
    private static let extensibleTag = 0xFFFE

    /// `nil` if this is no such header, or an incomplete one. Without a format chunk
    /// `bytesPerSecond` stays 0.
    init?(read: Reader) {
        guard let start = read(0, 12), Self.isStart(start) else { return nil }
        var longBytes: UInt64?
        var offset: UInt64 = 12
        for _ in 0..<Self.maximumChunks {
            guard let chunk = Self.chunk(at: offset, read) else { return nil }
            if chunk.name == "data" {
                dataOffset = chunk.offset
                takeLength(chunk.size, longBytes)
                return
            }
            switch chunk.name {
            case "fmt ":
                guard takeFormat(chunk, read) else { return nil }
            case "ds64":
                guard let body = read(chunk.offset, 16) else { return nil }
                longBytes = UInt64(number(body, 8)) | UInt64(number(body, 12)) << 32
            default: break
            }
            chunks.append(chunk)
            offset = chunk.end
        }
        return nil
    }

    /// Whether a file that begins like this may be a WAV file; 12 bytes are enough to be sure.
    static func isStart(_ bytes: [UInt8]) -> Bool {
        func agrees(_ text: String, at offset: Int) -> Bool {
            zip(bytes.dropFirst(offset), text.utf8).allSatisfy(==)
        }
        let kinds = ["RIFF", "RF64", "BW64"]
        return kinds.contains { agrees($0, at: 0) } && agrees("WAVE", at: 8)
    }

    /// The chunk whose name is at `offset`; `nil` if its beginning is cut off.
    static func chunk(at offset: UInt64, _ read: Reader) -> Chunk? {
        guard let bytes = read(offset, 8) else { return nil }
        return Chunk(
            name: String(decoding: bytes[..<4], as: UTF8.self), offset: offset + 8,
            size: UInt64(number(bytes, 4)))
    }

    /// How samples are written; `nil` for what only libsndfile knows.
    var encoding: Encoding? {
        switch (formatTag, bytesPerSample) {
        case (1, 1): .unsigned8
        case (1, 2): .signed16
        case (1, 3): .signed24
        case (1, 4): .signed32
        case (3, 4): .float32
        case (3, 8): .float64
        case (6, 1): .aLaw
        case (7, 1): .muLaw
        default: nil
        }
    }

    /// What is wrong with the length of a frame; `nil` if nothing is. Whether 24 bits in 4 bytes
    /// are the upper or the lower ones nobody could say.
    var fault: String? {
        guard encoding != nil, frameBytes != channels * bytesPerSample else { return nil }
        return "its header contradicts itself: a frame of \(channels) x \(bitsPerSample) bits "
            + "has \(frameBytes) bytes (block align); accepted: \(channels * bytesPerSample)"
    }

    private var bytesPerSample: Int { (bitsPerSample + 7) / 8 }

    /// Programs that write to a pipe cannot go back to the header: ffmpeg leaves 2^32 - 1, sox
    /// 2^31 - 1 less the header, arecord about 2^31; in RF64 2^64 - 1 is the same.
    private mutating func takeLength(_ size: UInt64, _ longBytes: UInt64?) {
        if size >= 0xFFFF_FF00 {
            dataBytes = longBytes ?? size
            isOpenEnded = longBytes == nil || longBytes == .max
        } else {
            dataBytes = size
            isOpenEnded = (0x7FFF_FF00...0x8000_0000).contains(size)
        }
    }

    /// False if the chunk is cut off.
    private mutating func takeFormat(_ chunk: Chunk, _ read: Reader) -> Bool {
        guard let body = read(chunk.offset, 16) else { return false }
        formatTag = Int(number(body, 0) & 0xFFFF)
        channels = Int(number(body, 0) >> 16)
        framesPerSecond = number(body, 4)
        bytesPerSecond = number(body, 8)
        frameBytes = Int(number(body, 12) & 0xFFFF)
        bitsPerSample = Int(number(body, 12) >> 16)
        if formatTag == Self.extensibleTag, chunk.size >= 40 {
            // The sub-format begins with the tag that it extends.
            guard let tag = read(chunk.offset + 24, 4) else { return false }
            formatTag = Int(number(tag, 0) & 0xFFFF)
        }
        return true
    }
}

private func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
}
