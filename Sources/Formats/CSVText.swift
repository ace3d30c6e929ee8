internal import HostSystem

/// Comma-separated values (RFC 4180): lines end with CR LF, and a field with a comma, a quote or a
/// line break is quoted.
package enum CSVText {
    package static func line(_ names: [String]) -> String {
        names.map(field).joined(separator: ",") + "\r\n"
    }

    package static func line(_ values: [JSONValue]) -> String {
        line(
            values.map { value in
                if case .string(let text) = value { harmless(text) } else { value.plainText }
            })
    }

    /// A text from outside, as data. A spreadsheet takes what begins with one of the signs for a
    /// formula, unless there is an apostrophe before it (OWASP, "CSV Injection").
    private static func harmless(_ text: String) -> String {
        let signs: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r"]
        let isFormula = text.unicodeScalars.first.map(signs.contains) ?? false
        return (isFormula ? "'" : "")
            + text.unicodeScalars.map { scalar in
                ["\n", "\r", "\t"].contains(scalar) ? String(scalar) : printable(String(scalar))
            }.joined()
    }

    private static func field(_ text: String) -> String {
        let special: Set<Unicode.Scalar> = [",", "\"", "\r", "\n"]
        guard text.unicodeScalars.contains(where: special.contains) else { return text }
        let doubled = text.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + doubled.joined(separator: "\"\"") + "\""
    }
}
