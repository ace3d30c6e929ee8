internal import Foundation

/// Why the bytes of a framed file cannot be used, before the file's name is known.
package enum FileFault: Error {
    /// It cannot be read; `reason` is from the system.
    case unreadable(reason: String)
    /// It does not begin with the magic bytes.
    case foreign
    case unknownVersion(UInt32)
    /// The bytes are not those that were written.
    case damaged(detail: String)
}

/// The frame of model files and of files that belong to a model, little-endian:
/// ```
/// byte 0   magic, 8 bytes
///      8   UInt32  version
///     12   UInt32  length of the header
///     16   UInt32  CRC-32 of all bytes from 20 onwards
///     20   header: JSON
///          values
/// ```
package struct FramedFile: Sendable {
    package struct Content {
        package var header: ArraySlice<UInt8>
        package var values: ArraySlice<UInt8>
        package var checksum: UInt32
    }

    package let magic: String
    package let version: UInt32

    private static let prefixLength = 20
    /// More than any header needs; JSON takes much more memory than its text.
    private static let maximumHeader = 1 << 20

    package init(magic: String, version: UInt32) {
        self.magic = magic
        self.version = version
    }

    /// The bytes of a regular file of at most `limit` bytes.
    ///
    /// - Throws: `unreadable` or `damaged`
    package static func read(_ path: String, limit: Int) throws(FileFault) -> [UInt8] {
        do {
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw FileFault.unreadable(reason: "it is not a regular file")
            }
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            guard size <= limit else {
                throw FileFault.damaged(detail: "\(size) bytes, more than \(limit)")
            }
            return [UInt8](try Data(contentsOf: url))
        } catch let fault as FileFault {
            throw fault
        } catch {
            let reason = (error as NSError).localizedFailureReason
            throw .unreadable(reason: reason ?? error.localizedDescription)
        }
    }

    /// The parts of a file.
    ///
    /// - Throws: `foreign`, `unknownVersion` or `damaged`
    package func content(of bytes: [UInt8]) throws(FileFault) -> Content {
        guard bytes.starts(with: Array(magic.utf8)) else { throw .foreign }
        guard bytes.count >= Self.prefixLength else {
            throw .damaged(detail: "\(bytes.count) bytes are too few")
        }
        let found = Self.integer(bytes, at: 8)
        guard found == version else { throw .unknownVersion(found) }
        let length = Int(Self.integer(bytes, at: 12))
        guard length <= Self.maximumHeader else {
            throw .damaged(detail: "a header of \(length) bytes, more than \(Self.maximumHeader)")
        }
        let end = Self.prefixLength + length
        guard end <= bytes.count else { throw .damaged(detail: "it ends inside the header") }
        let checksum = Self.integer(bytes, at: 16)
        let computed = CRC32.checksum(bytes[Self.prefixLength...])
        guard computed == checksum else {
            throw .damaged(detail: "checksum \(computed), expected \(checksum)")
        }
        return Content(
            header: bytes[Self.prefixLength..<end], values: bytes[end...], checksum: checksum)
    }

    /// The bytes of a file.
    package func encoded(header: [UInt8], values: [UInt8]) -> [UInt8] {
        let body = header + values
        let numbers = [version, UInt32(header.count), CRC32.checksum(body[...])]
        return Array(magic.utf8) + numbers.flatMap(Self.bytes) + body
    }

    package static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    package static func integer(
        _ bytes: some RandomAccessCollection<UInt8>, at offset: Int
    ) -> UInt32 {
        let start = bytes.index(bytes.startIndex, offsetBy: offset)
        return bytes[start...].prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
