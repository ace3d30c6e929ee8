/// What is wrong with a header, before the file's name is known.
package struct HeaderFault: Error {
    package let detail: String
}

extension HeaderFault {
    /// The decoder's errors in words: which key, and where it is.
    package init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            detail = "\"\(key.stringValue)\" is missing in \(Self.place(context.codingPath))"
        case .valueNotFound(let type, let context), .typeMismatch(let type, let context):
            detail = "\(Self.place(context.codingPath)) is not \(Self.words(for: type))"
        case .dataCorrupted:
            // The decoder does not tell these faults apart, nor say where they are.
            detail =
                "the header is not JSON, or has a fraction or a number out of range where a whole "
                + "or smaller number belongs"
        @unknown default:
            detail = "the header cannot be read: \(error)"
        }
    }

    /// `layers[2].kernel`
    private static func place(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "the header" }
        let text = path.reduce("") { text, key in
            if let index = key.intValue { return text + "[\(index)]" }
            return text + (text.isEmpty ? "" : ".") + key.stringValue
        }
        return "\"\(text)\""
    }

    private static func words(for type: any Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}
