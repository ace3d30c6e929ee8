/// Aligned columns of plain text, two spaces between them.
package struct TextTable {
    package enum Alignment {
        case left
        case right
    }

    package struct Column {
        package let title: String
        package let alignment: Alignment
        /// The smallest width, in characters.
        var width: Int

        package init(title: String, alignment: Alignment = .left, width: Int = 0) {
            self.title = title
            self.alignment = alignment
            self.width = width
        }
    }

    private var columns: [Column]

    /// Columns as wide as their titles and `rows` need, and at least as wide as they ask for.
    package init(_ columns: [Column], fitting rows: [[String]] = []) {
        self.columns = columns
        for index in columns.indices {
            let needed = rows.map { $0[index].count } + [columns[index].title.count]
            self.columns[index].width = max(columns[index].width, needed.max() ?? 0)
        }
    }

    package var header: String { line(columns.map(\.title)) }

    /// A row; a text wider than its column pushes the rest to the right.
    package func line(_ cells: [String]) -> String {
        var text = zip(columns, cells).map { column, cell in
            let space = String(repeating: " ", count: max(0, column.width - cell.count))
            return column.alignment == .left ? cell + space : space + cell
        }.joined(separator: "  ")
        while text.hasSuffix(" ") { text.removeLast() }
        return text + "\n"
    }

    /// A text without anything that could move a terminal's cursor, break the line or reverse what
    /// follows (Unicode Technical Report 36, 2.5).
    package static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isPrintable($0) ? $0 : "?" }))
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !scalar.turnsText
        }
    }
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
}
