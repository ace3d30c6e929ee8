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
        let rows = try Row.fetchAll(db, sql: "SELECT id, name FROM \(rawValue)")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as Int64, $0[1] as String) })
    }
}
