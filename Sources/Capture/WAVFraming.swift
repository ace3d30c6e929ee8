internal import SourceTypes
internal import Timekeeping

/// Tells the sound of a stream from what is around it: a raw stream is nothing but sound, and a WAV
/// file in a pipe has a header before it, and perhaps chunks after it.
///
/// A stream cannot be looked at from its end. What follows the sound is therefore told from more
/// sound, which an unfinished header does not count, by its first bytes.
struct WAVFraming {
    /// What the bytes at the front of the stream are.
    enum Content {
        /// Too few to tell.
        case undecided
        /// Not sound: bytes to pass over.
        case other(bytes: Int)
        /// Sound, for this many bytes at most.
        case sound(bytes: Int)
        /// A WAV file in another format.
        case refused
    }

    private enum Place {
        case start, raw, sound, padding, afterSound, trailers
    }

    /// Larger chunks after the sound are not believed.
    private static let largestTrailer: UInt64 = 1 << 24

    private(set) var header: WAVHeader?
    /// Whether more sound came than the header stated.
    private(set) var hasMoreThanStated = false
    private let format: StreamFormat
    private var place = Place.start
    /// Bytes of sound still to come; `nil` if that is open.
    private var remaining: UInt64?

    init(format: StreamFormat) {
        self.format = format
    }

    var isWAV: Bool { header != nil }
    /// Whether nothing that matters can come.
    var isAfterSound: Bool { [.padding, .afterSound, .trailers].contains(place) }
    /// Whether it is still open what the stream is.
    var isUndecided: Bool { place == .start }

    /// Bytes of sound that the header promised and that have not come.
    var missingBytes: UInt64 { remaining ?? 0 }

    /// Looks at the first bytes that are still to be used.
    mutating func content(of bytes: UnsafeRawBufferPointer, capacity: Int) -> Content {
        switch place {
        case .raw: return .sound(bytes: bytes.count)
        case .sound:
            guard let remaining else { return .sound(bytes: bytes.count) }
            if remaining > 0 { return .sound(bytes: Int(min(remaining, UInt64(bytes.count)))) }
            place = .padding
            return unsafe content(ofPadding: bytes)
        case .padding: return unsafe content(ofPadding: bytes)
        case .start: return unsafe start(bytes, capacity: capacity)
        case .afterSound: return unsafe afterSound(bytes)
        case .trailers: return .other(bytes: bytes.count)
        }
    }

    /// Bytes of sound were used.
    mutating func use(_ count: Int) {
        guard place == .sound, let left = remaining else { return }
        remaining = left - min(left, UInt64(count))
    }

    private mutating func start(_ bytes: UnsafeRawBufferPointer, capacity: Int) -> Content {
        // Raw samples seldom begin like this, and then nothing is allocated.
        let first = unsafe bytes[0]
        let mayBeHeader = first == UInt8(ascii: "R") || first == UInt8(ascii: "B")
        guard mayBeHeader, WAVHeader.isStart(unsafe Array(bytes.prefix(12))) else {
            place = .raw
            return .sound(bytes: bytes.count)
        }
        let header = WAVHeader { offset, count in
            guard let start = Int(exactly: offset), start <= bytes.count - count else { return nil }
            // SAFETY: the range was just checked.
            return unsafe Array(bytes[start..<start + count])
        }
        guard let header else { return bytes.count < capacity ? .undecided : .refused }
        self.header = header
        guard header.fault == nil, header.isOf(format) else { return .refused }
        place = .sound
        let frame = UInt64(header.frameBytes)
        remaining = header.isOpenEnded ? nil : header.dataBytes / frame * frame
        return .other(bytes: Int(header.dataOffset))
    }

    /// What is left of the sound is no frame, and its length is made even.
    private mutating func content(ofPadding bytes: UnsafeRawBufferPointer) -> Content {
        let length = header.map { $0.dataBytes % UInt64($0.frameBytes) + $0.dataBytes % 2 } ?? 0
        guard bytes.count >= length else { return .undecided }
        place = .afterSound
        return length > 0 ? .other(bytes: Int(length)) : unsafe afterSound(bytes)
    }

    /// Chunks follow the sound, or the length of the sound was not up to date.
    private mutating func afterSound(_ bytes: UnsafeRawBufferPointer) -> Content {
        guard bytes.count >= 8 else { return .undecided }
        let chunk = WAVHeader.chunk(at: 0) { _, count in unsafe Array(bytes.prefix(count)) }
        guard let chunk, WAVHeader.isName(chunk.name), chunk.size <= Self.largestTrailer else {
            place = .sound
            remaining = nil
            hasMoreThanStated = header.map { $0.dataBytes > 0 } ?? false
            return .sound(bytes: bytes.count)
        }
        place = .trailers
        return .other(bytes: bytes.count)
    }
}

extension WAVHeader {
    /// The format in words: `S16_LE, 44100 Hz, 2 channels`.
    var formatText: String {
        let format = pcmFormat?.rawValue ?? "samples of another kind"
        return "\(format), \(framesPerSecond) Hz, \(channels) channels"
    }

    fileprivate func isOf(_ format: StreamFormat) -> Bool {
        pcmFormat == format.format && framesPerSecond == UInt32(format.sampleRate.hertz)
            && channels == format.channels
    }

    private var pcmFormat: PCMFormat? {
        switch encoding {
        case .signed16: .signed16
        case .signed24: .signed24Packed
        case .signed32: .signed32
        case .float32: .float32
        case .unsigned8, .float64, .muLaw, .aLaw, nil: nil
        }
    }
}
