internal import HostSystem

/// A JSON value (RFC 8259) that keeps the order of its keys.
package enum JSONValue {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number written with a fixed number of decimals; one that is not finite becomes `null`.
    case decimal(Double, places: Int)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    /// On one line, without spaces.
    package var text: String {
        switch self {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .decimal(let number, let places): fixedPoint(number, places: places) ?? "null"
        case .string(let string): Self.quoted(string)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map(Self.member).joined(separator: ",") + "}"
        }
    }

    /// The value outside JSON: a string without quotes, and nothing for null.
    package var plainText: String {
        switch self {
        case .null: ""
        case .string(let string): string
        case .decimal(let number, let places): fixedPoint(number, places: places) ?? ""
        case .boolean, .integer, .array, .object: text
        }
    }

    /// A member of an object: its key and its value.
    package static func member(_ key: String, _ value: JSONValue) -> String {
        quoted(key) + ":" + value.text
    }

    /// Escapes what RFC 8259, section 7, says must be escaped, and what a terminal would obey.
    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                text += escaped(scalar)
            case _ where scalar.turnsText: text += escaped(scalar)
            case _ where FileName.byte(of: scalar) != nil: text += "\\" + printable(String(scalar))
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// An array with one element per line, so that line-based tools can work on it.
    package static func lines(_ elements: [String]) -> String {
        elements.isEmpty ? "[]\n" : "[\n" + elements.joined(separator: ",\n") + "\n]\n"
    }
}
