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
        /// Where there is too little room, the column of the highest rank is left out first; one of
        /// rank 0 never is.
        package let rank: Int

        package init(
            title: String, alignment: Alignment = .left, width: Int = 0, rank: Int = 0
        ) {
            self.title = title
            self.alignment = alignment
            self.width = width
            self.rank = rank
        }
    }

    private var columns: [Column]
    /// The columns that are shown, by index.
    private var shown: [Int]

    /// Columns as wide as their titles and `rows` need, and at least as wide as they ask for.
    ///
    /// - Parameter room: how many characters a line may have; `nil`: any number
    package init(_ columns: [Column], fitting rows: [[String]] = [], within room: Int? = nil) {
        self.columns = columns
        shown = Array(columns.indices)
        for index in columns.indices {
            let needed = rows.map { $0[index].count } + [columns[index].title.count]
            self.columns[index].width = max(columns[index].width, needed.max() ?? 0)
        }
        if let room { leaveOut(until: room) }
    }

    private mutating func leaveOut(until room: Int) {
        while shown.map({ columns[$0].width + 2 }).reduce(-2, +) > room,
            let least = shown.max(by: { columns[$0].rank < columns[$1].rank }),
            columns[least].rank > 0
        {
            shown.removeAll { $0 == least }
        }
    }

    package var header: String { line(columns.map(\.title)) }

    /// A row; a text wider than its column pushes the rest to the right.
    package func line(_ cells: [String]) -> String {
        var text = shown.map { index in
            let (column, cell) = (columns[index], cells[index])
            let space = String(repeating: " ", count: max(0, column.width - cell.count))
            return column.alignment == .left ? cell + space : space + cell
        }.joined(separator: "  ")
        while text.hasSuffix(" ") { text.removeLast() }
        return text + "\n"
    }
}
