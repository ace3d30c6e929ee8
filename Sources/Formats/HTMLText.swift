internal import HostSystem

/// Text for HTML that is also well-formed XML.
package enum HTMLText {
    /// Text or an attribute value. Whatever XML 1.0 does not allow, or would reverse the text after
    /// it, becomes U+FFFD.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result += " "
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            case _ where scalar.turnsText: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A CSS string with its quotes, safe in a style element: all but plain characters are escaped
    /// (CSS Syntax 3, 4.3.7).
    package static func cssString(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", ".", ",", ":", "-", "%", "(", ")", "+":
                result.unicodeScalars.append(scalar)
            case _ where scalar == "\u{0}" || scalar.turnsText: result += "\\FFFD "
            default: result += "\\" + String(scalar.value, radix: 16, uppercase: true) + " "
            }
        }
        return result + "\""
    }

    /// A table with a caption for those who cannot see it.
    package static func table(
        _ columns: [TextTable.Column], _ rows: [[String]], caption: String
    ) -> String {
        let head = columns.map { column in
            "<th scope=\"col\"\(alignment(column))>\(escaped(column.title))</th>"
        }
        let rows = rows.map { row in
            let cells = zip(columns, row).enumerated().map { index, cell in
                let (column, text) = cell
                return index == 0
                    ? "<th scope=\"row\"\(alignment(column))>\(escaped(text))</th>"
                    : "<td\(alignment(column))>\(escaped(text))</td>"
            }
            return "<tr>\(cells.joined())</tr>\n"
        }
        return """
            <div class="scroll"><table><caption>\(escaped(caption))</caption>
            <thead><tr>\(head.joined())</tr></thead>
            <tbody>
            \(rows.joined())</tbody></table></div>

            """
    }

    private static func alignment(_ column: TextTable.Column) -> String {
        column.alignment == .right ? " class=\"number\"" : ""
    }
}
