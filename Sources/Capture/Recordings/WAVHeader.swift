internal import Glibc

/// What a RIFF/WAVE or RF64 file says about its own length.
///
/// libsndfile clamps the length of a cut-off file to what is there, so its answers do not reveal
/// the cut. Layout: RIFF, "Multimedia Programming Interface and Data Specifications 1.0" (1991);
/// RF64: EBU Tech 3306.
enum WAVHeader {
    /// The number of frames the data chunk promises if that is more than `present`, otherwise
    /// `present`. `nil` if neither is known, the writer left the length open, or the promise does
    /// not fit in a number.
    static func promisedFrames(descriptor: Int32, present: Int64?) -> Int64? {
        guard let present, let header = Chunks(descriptor: descriptor), header.bytesPerSecond > 0
        else { return present }
        if header.isOpenEnded { return nil }
        let product = header.dataBytes.multipliedFullWidth(by: UInt64(header.framesPerSecond))
        let divisor = UInt64(header.bytesPerSecond)
        guard product.high < divisor,
            let promised = Int64(exactly: divisor.dividingFullWidth(product).quotient)
        else { return nil }
        return max(present, promised)
    }

    /// Recordings have a handful of chunks before the data. Without a bound, a large file of empty
    /// ones would take minutes to walk through.
    private static let maximumChunks = 4_096

    private struct Chunks {
        var framesPerSecond: UInt32 = 0
        var bytesPerSecond: UInt32 = 0
        var dataBytes: UInt64 = 0
        private var longDataBytes: UInt64?

        /// Programs that write to a pipe cannot go back to the header: ffmpeg leaves 2^32 - 1,
        /// sox 2^31 - 1 less the header, arecord about 2^31.
        var isOpenEnded: Bool {
            guard longDataBytes == nil else { return false }
            return dataBytes >= 0xFFFF_FF00 || (0x7FFF_FF00...0x8000_0000).contains(dataBytes)
        }

        /// `nil` if the file is not of this kind or its header is incomplete. Without a format
        /// chunk `bytesPerSecond` stays 0.
        init?(descriptor: Int32) {
            guard let riff = read(descriptor, at: 0, count: 12) else { return nil }
            guard text(riff, 0) == "RIFF" || text(riff, 0) == "RF64", text(riff, 8) == "WAVE"
            else { return nil }
            var offset: UInt64 = 12
            for _ in 0..<maximumChunks {
                guard let chunk = read(descriptor, at: offset, count: 8) else { return nil }
                let size = UInt64(number(chunk, 4))
                if text(chunk, 0) == "data" {
                    dataBytes = longDataBytes ?? size
                    return
                }
                guard take(text(chunk, 0), descriptor, at: offset + 8) else { return nil }
                offset += 8 + size + size % 2
            }
            return nil
        }

        /// Takes what is needed from one chunk; false if it is cut off.
        private mutating func take(_ name: String, _ descriptor: Int32, at offset: UInt64) -> Bool {
            switch name {
            case "fmt ":
                guard let body = read(descriptor, at: offset, count: 16) else { return false }
                framesPerSecond = number(body, 4)
                bytesPerSecond = number(body, 8)
            case "ds64":
                guard let body = read(descriptor, at: offset, count: 16) else { return false }
                longDataBytes = UInt64(number(body, 8)) | UInt64(number(body, 12)) << 32
            default: break
            }
            return true
        }
    }

    private static func read(_ descriptor: Int32, at offset: UInt64, count: Int) -> [UInt8]? {
        guard let position = off_t(exactly: offset) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: the array has room for `count` bytes.
        let found = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress!, count, position)
        }
        return found == count ? bytes : nil
    }

    private static func text(_ bytes: [UInt8], _ offset: Int) -> String {
        String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
}
