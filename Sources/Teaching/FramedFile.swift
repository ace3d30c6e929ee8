internal import Foundation
internal import SoundNet

/// The frame of the files of this room, little endian, that of the model file:
/// ```
/// byte 0   magic, 8 bytes
///      8   UInt32  version
///     12   UInt32  length of the header
///     16   UInt32  CRC-32 of all bytes from 20 on
///     20   header: JSON
///          values
/// ```
struct FramedFile {
    let magic: String
    let version: UInt32
    /// What such a file is called in messages.
    let kind: String

    private static let prefixLength = 20

    /// The header and the bytes of the values of a file.
    ///
    /// - Throws: `foreign`, `unknownVersion` or `damaged`
    func content<Header: Decodable>(
        of bytes: [UInt8], name: String
    ) throws(TeachingError) -> (Header, ArraySlice<UInt8>) {
        guard bytes.starts(with: Array(magic.utf8)) else {
            throw .foreign(name: name, kind: kind, magic: magic)
        }
        guard bytes.count >= Self.prefixLength else {
            throw .damaged(name: name, detail: "\(bytes.count) bytes are too few")
        }
        let found = Self.integer(bytes, at: 8)
        guard found == version else {
            throw .unknownVersion(name: name, found: found, known: version)
        }
        let end = Self.prefixLength + Int(Self.integer(bytes, at: 12))
        guard end <= bytes.count else {
            throw .damaged(name: name, detail: "it ends inside the header")
        }
        let checksum = Self.integer(bytes, at: 16)
        let computed = CRC32.checksum(bytes[Self.prefixLength...])
        guard computed == checksum else {
            throw .damaged(name: name, detail: "checksum \(computed), expected \(checksum)")
        }
        do {
            let header = try JSONDecoder().decode(
                Header.self, from: Data(bytes[Self.prefixLength..<end]))
            return (header, bytes[end...])
        } catch {
            throw .damaged(name: name, detail: "its header is not the JSON of a \(kind)")
        }
    }

    /// The bytes of a file.
    func encoded(header: [UInt8], values: [UInt8]) -> [UInt8] {
        let body = header + values
        let numbers = [version, UInt32(header.count), CRC32.checksum(body[...])]
        return Array(magic.utf8) + numbers.flatMap(Self.bytes) + body
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    static func integer(_ bytes: some RandomAccessCollection<UInt8>, at offset: Int) -> UInt32 {
        let start = bytes.index(bytes.startIndex, offsetBy: offset)
        return bytes[start...].prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// The bytes of a regular file of at most `limit` bytes.
func readFile(_ path: String, limit: Int) throws(TeachingError) -> [UInt8] {
    do {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw TeachingError.unreadable(path: path, reason: "it is not a regular file")
        }
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        guard size <= limit else {
            throw TeachingError.damaged(name: path, detail: "\(size) bytes, more than \(limit)")
        }
        return [UInt8](try Data(contentsOf: url))
    } catch let error as TeachingError {
        throw error
    } catch {
        let reason = (error as NSError).localizedFailureReason
        throw .unreadable(path: path, reason: reason ?? error.localizedDescription)
    }
}
