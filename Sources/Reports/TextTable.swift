/// Aligned columns of plain text, two spaces between them.
struct TextTable {
    enum Alignment {
        case left
        case right
    }

    struct Column {
        var title: String
        var alignment = Alignment.left
        /// The smallest width, in characters.
        var width = 0
    }

    private var columns: [Column]

    /// Columns as wide as the title and `rows` need, and at least as wide as they say.
    init(_ columns: [Column], fitting rows: [[String]] = []) {
        self.columns = columns
        for index in columns.indices {
            let needed = rows.map { $0[index].count } + [columns[index].title.count]
            self.columns[index].width = max(columns[index].width, needed.max() ?? 0)
        }
    }

    var header: String { line(columns.map(\.title)) }

    /// A row; a text wider than its column pushes the rest to the right.
    func line(_ cells: [String]) -> String {
        var text = zip(columns, cells).map { column, cell in
            let space = String(repeating: " ", count: max(0, column.width - cell.count))
            return column.alignment == .left ? cell + space : space + cell
        }.joined(separator: "  ")
        while text.hasSuffix(" ") { text.removeLast() }
        return text + "\n"
    }

    /// A text without control characters, which could move the cursor of a terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
