internal import Foundation
internal import ModelFormat

/// Files that belong to a model have the same frame as the model file. `kind` is what such a file
/// is called in messages.
extension FramedFile {
    /// The header of a file and the bytes of its values.
    ///
    /// - Throws: `foreign`, `unknownVersion` or `damaged`
    func content<Header: Decodable>(
        of bytes: [UInt8], name: String, kind: String
    ) throws(TeachingError) -> (Header, ArraySlice<UInt8>) {
        let content: Content
        do {
            content = try self.content(of: bytes)
        } catch {
            throw TeachingError(error, name: name, kind: kind, frame: self)
        }
        do {
            let header = try JSONDecoder().decode(Header.self, from: Data(content.header))
            return (header, content.values)
        } catch {
            throw .damaged(name: name, detail: "its header is not the JSON of a \(kind)")
        }
    }

    /// The bytes of a file of at most `limit` bytes.
    func bytes(
        ofFile path: String, limit: Int, kind: String
    ) throws(TeachingError) -> [UInt8] {
        do {
            return try Self.read(path, limit: limit)
        } catch {
            throw TeachingError(error, name: path, kind: kind, frame: self)
        }
    }
}

extension TeachingError {
    fileprivate init(_ fault: FileFault, name: String, kind: String, frame: FramedFile) {
        switch fault {
        case .unreadable(let reason): self = .unreadable(path: name, reason: reason)
        case .foreign: self = .foreign(name: name, kind: kind, magic: frame.magic)
        case .unknownVersion(let found):
            self = .unknownVersion(name: name, found: found, known: frame.version)
        case .damaged(let detail): self = .damaged(name: name, detail: detail)
        }
    }
}
