package import GRDB

/// A row of the database holds what no writer can have stored there.
package struct RowFault: Error, CustomStringConvertible {
    /// Which row of which table; `nil` where only a part of the row was looked at.
    var place: RowPlace?
    private let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { place.map { "\($0): \(reason)" } ?? reason }
}

/// A row, as its table and the first of its columns tell it from others.
struct RowPlace: CustomStringConvertible {
    let table: String
    let keys: [(column: String, value: DatabaseValue)]
    let description: String
}

extension RowFault {
    /// Removes the row; false if it is not known which.
    package func removeRow(from db: Database) throws -> Bool {
        guard let place, !place.keys.isEmpty else { return false }
        let isRow = place.keys.map { "\($0.column.quotedDatabaseIdentifier) IS ?" }
        try db.execute(
            sql: "DELETE FROM \(place.table) WHERE \(isRow.joined(separator: " AND "))",
            arguments: StatementArguments(place.keys.map(\.value)))
        return db.changesCount > 0
    }
}
