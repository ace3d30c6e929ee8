/// A text from outside without anything that could move a terminal's cursor, break the line or
/// reverse what follows (Unicode Technical Report 36, 2.5). A byte of a file name that is not UTF-8
/// is shown as `\xe9`.
package func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        if let byte = FileName.byte(of: scalar) {
            result += "\\x" + String(byte, radix: 16)
        } else {
            result.unicodeScalars.append(scalar.isPrintable ? scalar : "?")
        }
    }
    return result
}

/// The same for a text of several lines, each of which stays one.
package func printableLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
        .joined(separator: "\n")
}

extension Unicode.Scalar {
    /// Whether the scalar sets the direction of all the text after it, including text by another
    /// author.
    package var turnsText: Bool {
        switch self {
        case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: false
        }
    }

    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !turnsText
        }
    }
}
