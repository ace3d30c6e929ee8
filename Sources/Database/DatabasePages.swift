package import GRDB

/// How many pages the file of a database has, and how many of them are free.
package struct DatabasePages {
    package let total: Int
    package let free: Int
    package let pageBytes: Int64

    package init(_ db: Database) throws {
        let number = { (name: String) in try Int.fetchOne(db, sql: "PRAGMA \(name)") ?? 0 }
        total = try number("page_count")
        free = try number("freelist_count")
        pageBytes = Int64(try number("page_size"))
    }

    package var usedBytes: Int64 { Int64(total - free) * pageBytes }
    package var freeBytes: Int64 { Int64(free) * pageBytes }
}
