package import GRDB

/// How many bytes the pages of each table and of its indexes take (sqlite.org/dbstat.html).
package struct TableSizes {
    private let bytes: [String: Int64]

    /// Reads all of the file.
    package init(_ db: Database) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT ifnull(entry.tbl_name, dbstat.name), sum(pgsize) FROM dbstat
                LEFT JOIN sqlite_schema AS entry ON entry.name = dbstat.name
                WHERE aggregate = TRUE GROUP BY 1
                """)
        bytes = Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (
                    try row.decode(String.self, atIndex: 0),
                    try row.decode(Int64.self, atIndex: 1)
                )
            })
    }

    package func of(_ tables: [String]) -> Int64 {
        tables.reduce(0) { $0 + (bytes[$1] ?? 0) }
    }

    package func ofAll(but tables: Set<String>) -> Int64 {
        bytes.reduce(0) { tables.contains($1.key) ? $0 : $0 + $1.value }
    }
}
