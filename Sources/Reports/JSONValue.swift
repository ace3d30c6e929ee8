/// A JSON value (RFC 8259) that keeps the order of its keys.
enum JSONValue {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number written with a fixed count of decimals; one that is not finite becomes `null`.
    case decimal(Double, places: Int)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    /// On one line, without spaces.
    var text: String {
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

    /// A member of an object: its key and its value.
    static func member(_ key: String, _ value: JSONValue) -> String {
        quoted(key) + ":" + value.text
    }

    /// Escapes what RFC 8259, section 7, says must be escaped, and nothing else.
    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// A number with a fixed count of decimals, halves away from zero: 0.12345 with 4 places is
/// `0.1235`. `nil` for a number that is not finite or too large for that many decimals.
func fixedPoint(_ number: Double, places: Int) -> String? {
    let scale = (0..<places).reduce(Int64(1)) { scale, _ in scale * 10 }
    guard let scaled = Int64(exactly: (number * Double(scale)).rounded()) else { return nil }
    let (whole, part) = scaled.magnitude.quotientAndRemainder(dividingBy: scale.magnitude)
    let sign = scaled < 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let digits = String(part)
    return "\(sign)\(whole)." + String(repeating: "0", count: places - digits.count) + digits
}
