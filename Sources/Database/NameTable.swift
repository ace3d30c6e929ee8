package import GRDB

/// A table of names that other tables refer to by number.
package enum NameTable: String {
    case source
    case label

    /// The number of a name; a new name is given one.
    package func id(of name: String, in db: Database) throws -> Int64 {
        let insert = "INSERT INTO \(rawValue) (name) VALUES (?) ON CONFLICT (name) DO NOTHING"
        let select = "SELECT id FROM \(rawValue) WHERE name = ?"
        let query = try db.cachedStatement(sql: select)
        if let id = try Int64.fetchOne(query, arguments: [name]) { return id }
        try db.cachedStatement(sql: insert).execute(arguments: [name])
        return db.lastInsertedRowID
    }

    /// All names by their number.
    package func names(in db: Database) throws -> [Int64: String] {
        var names: [Int64: String] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT id, name FROM \(rawValue)") {
            let row = StoredRow(row, of: rawValue)
            names[try row.value(0)] = try row.value(1)
        }
        return names
    }
}
