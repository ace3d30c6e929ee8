/// Where the whole frames of a FLAC file are, found by their check sums and without decoding them:
/// what to read on with after damage, and whether the file ends inside a frame.
///
/// Layout: RFC 9639, sections 8 (metadata) and 9 (frames).
struct FLACFrames {
    /// Frames that adjoin each other.
    struct Run {
        var bytes: Range<UInt64>
        var samples: Range<Int64>
    }

    /// The bytes before the first frame, without which nothing can be decoded.
    let metadata: Range<UInt64>
    private(set) var runs: [Run] = []
    /// Whether the last frame ends where the file ends.
    private(set) var isWhole = false

    private let descriptor: Int32
    private let fileBytes: UInt64
    /// From the stream information.
    private let blockSamples: Int64
    private let channels: Int
    private let bitsPerSample: Int
    private let largestFrame: Int

    /// Reads the whole file; `nil` if it is no FLAC file.
    init?(descriptor: Int32, fileBytes: UInt64) {
        guard let start = WAVHeader.read(descriptor, at: 0, count: 42),
            start[..<4].elementsEqual("fLaC".utf8), start[4] & 0x7F == 0
        else { return nil }
        var offset: UInt64 = 4
        var isLast = false
        while !isLast {
            guard let header = WAVHeader.read(descriptor, at: offset, count: 4) else { return nil }
            isLast = header[0] & 0x80 != 0
            offset += 4 + UInt64(header[1]) << 16 + UInt64(header[2]) << 8 + UInt64(header[3])
        }
        metadata = 0..<offset
        self.descriptor = descriptor
        self.fileBytes = fileBytes
        // The block of stream information is the first one; its body begins at byte 8.
        blockSamples = Int64(start[8]) << 8 | Int64(start[9])
        let largestBlock = Int(start[10]) << 8 | Int(start[11])
        channels = Int(start[20] >> 1 & 7) + 1
        bitsPerSample = Int(start[20] & 1) << 4 | Int(start[21] >> 4) + 1
        // A frame is no larger than its samples written as they are; of two channels that are
        // coded together, one has a bit more.
        largestFrame = channels * (largestBlock * (bitsPerSample + 1) / 8 + 16) + 1_024
        findRuns()
    }

    private mutating func findRuns() {
        var offset = metadata.upperBound
        while offset < fileBytes {
            let window = window(at: offset)
            if let frame = frame(in: window, at: offset) {
                append(frame)
                offset = frame.bytes.upperBound
            } else {
                // A frame that adjoins damage is only known by the next header.
                let next = window.indices.dropFirst().first { header(in: window, at: $0) != nil }
                let step = next ?? max(1, window.count - Self.longestHeader)
                offset += UInt64(step)
            }
        }
        isWhole = runs.last?.bytes.upperBound == fileBytes
        countFromTheFirst()
    }

    /// A recording cut out of a stream begins with a later frame, which is its first.
    private mutating func countFromTheFirst() {
        guard let first = runs.first, first.bytes.lowerBound == metadata.upperBound else { return }
        let offset = first.samples.lowerBound
        for index in runs.indices {
            let samples = runs[index].samples
            runs[index].samples = (samples.lowerBound - offset)..<(samples.upperBound - offset)
        }
    }

    private mutating func append(_ frame: Run) {
        guard let last = runs.last else { return runs.append(frame) }
        // Whatever goes back in time only looks like a frame.
        guard frame.samples.lowerBound >= last.samples.upperBound else { return }
        if last.bytes.upperBound == frame.bytes.lowerBound,
            last.samples.upperBound == frame.samples.lowerBound
        {
            runs[runs.count - 1].bytes = last.bytes.lowerBound..<frame.bytes.upperBound
            runs[runs.count - 1].samples = last.samples.lowerBound..<frame.samples.upperBound
        } else {
            runs.append(frame)
        }
    }

    /// As many bytes as the largest frame has and the header after it.
    private func window(at offset: UInt64) -> [UInt8] {
        let count = min(UInt64(largestFrame + Self.longestHeader), fileBytes - offset)
        return WAVHeader.read(descriptor, at: offset, count: Int(count)) ?? []
    }

    /// The frame at the front of a window. It ends where its check sum is right, and another frame
    /// or nothing follows.
    private func frame(in window: [UInt8], at offset: UInt64) -> Run? {
        guard let header = header(in: window, at: 0) else { return nil }
        var sum: UInt16 = 0
        for index in window.indices {
            if sum == 0, index > header.bytes, self.header(in: window, at: index) != nil {
                return run(header, offset, index)
            }
            sum = sum << 8 ^ Self.sums16[Int(UInt8(sum >> 8) ^ window[index])]
        }
        let endsFile = offset + UInt64(window.count) == fileBytes
        return sum == 0 && endsFile ? run(header, offset, window.count) : nil
    }

    private func run(_ header: Header, _ offset: UInt64, _ count: Int) -> Run {
        Run(
            bytes: offset..<offset + UInt64(count),
            samples: header.firstSample..<header.firstSample + header.samples)
    }

    // MARK: Headers

    private static let longestHeader = 16

    private struct Header {
        let firstSample: Int64
        let samples: Int64
        let bytes: Int
    }

    /// The frame header at a place; `nil` if there is none.
    private func header(in bytes: [UInt8], at start: Int) -> Header? {
        guard start + 6 < bytes.count, bytes[start] == 0xFF, bytes[start + 1] & 0xFE == 0xF8
        else { return nil }
        let isVariable = bytes[start + 1] & 1 != 0
        let (sizes, layout) = (bytes[start + 2], bytes[start + 3])
        guard sizes >> 4 != 0, sizes & 15 != 15, layout >> 4 <= 10, layout & 1 == 0
        else { return nil }
        var index = start + 4
        guard let number = Self.number(in: bytes, at: &index) else { return nil }
        guard let samples = Self.blockSize(sizes >> 4, bytes, &index) else { return nil }
        index += [12: 1, 13: 2, 14: 2][sizes & 15] ?? 0
        guard index < bytes.count, Self.sum8(bytes[start..<index]) == bytes[index]
        else { return nil }
        let (first, overflows) =
            isVariable
            ? (number, false) : number.multipliedReportingOverflow(by: blockSamples)
        guard !overflows, first <= .max - samples else { return nil }
        return Header(firstSample: first, samples: samples, bytes: index + 1 - start)
    }

    /// The number of a frame or a sample, coded like a long character of UTF-8.
    private static func number(in bytes: [UInt8], at index: inout Int) -> Int64? {
        let ones = (~bytes[index]).leadingZeroBitCount
        guard ones != 1, ones < 8 else { return nil }
        let following = max(ones - 1, 0)
        guard index + following < bytes.count else { return nil }
        var number = Int64(bytes[index] & (0xFF >> UInt8(ones + 1)))
        for offset in 0..<following {
            let byte = bytes[index + 1 + offset]
            guard byte & 0xC0 == 0x80 else { return nil }
            number = number << 6 | Int64(byte & 0x3F)
        }
        index += following + 1
        return number
    }

    private static func blockSize(_ code: UInt8, _ bytes: [UInt8], _ index: inout Int) -> Int64? {
        switch code {
        case 1: return 192
        case 2...5: return 576 << Int64(code - 2)
        case 8...15: return 256 << Int64(code - 8)
        default:
            let count = code == 6 ? 1 : 2
            guard index + count < bytes.count else { return nil }
            let size = bytes[index..<index + count].reduce(0) { $0 << 8 | Int64($1) }
            index += count
            return size + 1
        }
    }

    // MARK: Check sums

    /// x^8 + x^2 + x + 1
    private static func sum8(_ bytes: ArraySlice<UInt8>) -> UInt8 {
        bytes.reduce(0) { sum, byte in
            (0..<8).reduce(sum ^ byte) { value, _ in value << 1 ^ (value & 0x80 == 0 ? 0 : 0x07) }
        }
    }

    /// x^16 + x^15 + x^2 + 1, for each byte.
    private static let sums16: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { value, _ in
            value << 1 ^ (value & 0x8000 == 0 ? 0 : 0x8005)
        }
    }
}
