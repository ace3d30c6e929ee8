internal import Formats

/// A table whose last column takes the room that is left, and is cut off where there is none.
struct OpenEndedTable {
    /// As much of the last column as others make room for.
    private static let leastLength = 24

    private let table: TextTable
    private let room: Int?

    /// Columns as wide as these rows need.
    ///
    /// - Parameter room: how many characters a line may have; `nil`: any number
    init(_ columns: [TextTable.Column], fitting rows: [[String]] = [], within room: Int?) {
        self.room = room
        let shortened = rows.map { row in
            Array(row.dropLast()) + row.suffix(1).map { String($0.prefix(Self.leastLength)) }
        }
        table = TextTable(columns, fitting: shortened, within: room)
    }

    var header: String { cut(table.header) }

    func lines(_ rows: [[String]]) -> String {
        rows.map { cut(table.line($0)) }.joined()
    }

    private func cut(_ line: String) -> String {
        room.map { line.dropLast().prefix($0) + "\n" } ?? line
    }
}
