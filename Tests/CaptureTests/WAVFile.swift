import Foundation
import HostSystem

/// A WAV file made by hand, with whatever its header says.
struct WAVFile {
    var kind = "RIFF"
    /// The tag of the format; the extension has it as its sub-format.
    var tag: UInt16 = 1
    var isExtensible = false
    var rate = 48_000
    var channels = 1
    var bits = 16
    /// Bytes of a frame; `nil`: as many as the bits need.
    var frameBytes: Int?
    /// What the data chunk says of its size; `nil`: what is right.
    var dataSize: UInt32?
    /// What the chunk `ds64` says; without it there is none.
    var longSize: UInt64?
    /// Whole chunks before the sound.
    var leading: [UInt8] = []
    var data: [UInt8] = []
    /// What follows the sound.
    var trailing: [UInt8] = []

    var bytes: [UInt8] {
        let body =
            formatChunk + leading + Array("data".utf8)
            + littleEndian(dataSize ?? UInt32(data.count)) + data + trailing
        let start = Array(kind.utf8) + littleEndian(UInt32(body.count + 4)) + Array("WAVE".utf8)
        guard let longSize else { return start + body }
        let long =
            littleEndian(longSize &+ 80) + littleEndian(longSize)
            + littleEndian(longSize / 2) + littleEndian(UInt32(0))
        return start + Self.chunk("ds64", long) + body
    }

    func write(to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: body.count % 2)
        return Array(name.utf8) + littleEndian(UInt32(body.count)) + body + padding
    }

    private var formatChunk: [UInt8] {
        let frame = frameBytes ?? channels * ((bits + 7) / 8)
        var body = littleEndian(isExtensible ? 0xFFFE : tag) + littleEndian(UInt16(channels))
        body += littleEndian(UInt32(rate)) + littleEndian(UInt32(rate * frame))
        body += littleEndian(UInt16(frame)) + littleEndian(UInt16(bits))
        if isExtensible {
            body += littleEndian(UInt16(22)) + littleEndian(UInt16(bits))
            body += littleEndian(UInt32(0)) + littleEndian(tag) + [UInt8](repeating: 0, count: 14)
        }
        return Self.chunk("fmt ", body)
    }
}

func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
