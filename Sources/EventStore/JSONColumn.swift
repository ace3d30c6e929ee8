internal import Database
internal import Foundation

/// A value that a column holds as JSON.
enum JSONColumn {
    /// The same value always gives the same text.
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension StoredRow {
    /// What a column holds as JSON.
    func object<Value: Decodable>(_ index: Int) throws -> Value {
        let text: String = try value(index)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch is DecodingError {
            return try known(nil, index)
        }
    }
}
