/// The rows of a table in a Markdown file, found by its header.
struct MarkdownTable {
    struct Row {
        let line: Int
        let cells: [String]
    }

    let rows: [Row]

    /// `nil` when no table has this header.
    init?(header: [String], in file: SourceFile) {
        let lines = file.lines
        guard let first = lines.firstIndex(where: { Self.cells($0) == header }) else { return nil }
        rows = lines[(first + 1)...].enumerated().prefix { $0.element.hasPrefix("|") }
            .compactMap { offset, line in
                let cells = Self.cells(line)
                let isRule = cells.allSatisfy { !$0.isEmpty && $0.allSatisfy("-: ".contains) }
                return isRule ? nil : Row(line: first + 2 + offset, cells: cells)
            }
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
            .map { String($0.trimmingPrefix(while: \.isWhitespace)).trimmingEnd() }
    }

    /// The names of a cell: each in backticks, with commas between; `–` for none. `nil` when the
    /// cell holds anything else.
    static func names(_ cell: String) -> [String]? {
        if cell == "–" { return [] }
        let names = cell.split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.trimmingPrefix(while: \.isWhitespace)).trimmingEnd() }
        let isName = /`[A-Za-z_][A-Za-z0-9_]*`/
        guard names.allSatisfy({ $0.wholeMatch(of: isName) != nil }) else { return nil }
        return names.map { String($0.dropFirst().dropLast()) }
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        String(reversed().drop(while: \.isWhitespace).reversed())
    }
}
