package import GRDB
internal import Glibc
internal import HostSystem

/// Puts a new database in the place of a damaged one.
package enum DatabaseRecovery {
    /// What stands in for a row that others refer to and that is lost.
    private static let substitutes: [String: String] = [
        "source": "(id, name) SELECT DISTINCT key, 'unknown-source-' || key",
        "label": "(id, name) SELECT DISTINCT key, 'unknown-label-' || key",
        "scale": "(id, full_scale_db, calibration, correction) "
            + "SELECT DISTINCT key, 0, 'uncalibrated', 'unknown-scale-' || key",
    ]
    private static let action = "recover the event database"

    /// Copies what can be read into a new database, gives the damaged one and its log the name
    /// `aside`, and the new one the old name. Until then the damaged one stays where it is, so that
    /// an interrupted recovery begins anew. Nobody else may write to it: the caller has closed it
    /// and holds the lock.
    ///
    /// - Parameters:
    ///   - copies: false: the new database is empty
    ///   - goOn: is called again and again, and ends the recovery by throwing
    ///   - finish: is called in a transaction of the new database before it takes its name
    package static func replace(
        _ path: String, aside: String, schema: Schema, copies: Bool,
        goOn: @escaping () throws -> Void,
        finish: (Database, inout RecoveredDatabase) throws -> Void
    ) throws -> RecoveredDatabase {
        var recovered = RecoveredDatabase(aside: aside)
        if copies {
            try DatabaseFile.checkRoom(forCopyOf: path, what: "the new one", action: action)
        }
        try DatabaseCreation.replaceFile(path) { draft in
            try keepOwner(of: path, for: draft)
            let new = try DatabaseQueue(
                path: draft, configuration: Connection.draftOfCopy())
            if copies { try copy(path, to: new, schema, goOn, &recovered) }
            try schema.migrator.migrate(new)
            try new.write { db in try finish(db, &recovered) }
            try DatabaseCreation.complete(new)
            try moveAside(path, to: aside)
        }
        return recovered
    }

    /// Leaves the new database empty if not even the beginning of the file can be read.
    private static func copy(
        _ path: String, to new: DatabaseQueue, _ schema: Schema,
        _ goOn: @escaping () throws -> Void, _ recovered: inout RecoveredDatabase
    ) throws {
        let old: DatabaseQueue
        let version: Int
        do {
            old = try DatabaseQueue(path: path, configuration: Connection.damaged())
            version = try old.unsafeRead { db in try Schema.version(of: db) }
        } catch let error as DatabaseError where TableSalvage.isDamage(error) {
            return
        }
        // The number lies in the file, too.
        let known = (1...schema.version).contains(version) ? version : schema.version
        try Schema(steps: Array(schema.steps.prefix(known))).migrator.migrate(new)
        try old.writeWithoutTransaction { old in
            try new.write { new in
                try withSchema(of: new, in: old) {
                    for table in try tables(new) {
                        recovered.add(try TableSalvage.copy(table, from: old, to: new, goOn: goOn))
                    }
                }
                recovered.refused += try mendReferences(new)
            }
        }
        try old.close()
    }

    /// Runs `body` while the old database has the schema of the new one, as far as its tables are
    /// found. That is a transaction that is taken back: the file stays as it is. It keeps others
    /// from writing meanwhile.
    private static func withSchema(
        of new: Database, in old: Database, _ body: () throws -> Void
    ) throws {
        try old.execute(sql: "BEGIN IMMEDIATE")
        let result = Result {
            do {
                try mendSchema(of: old, like: new)
            } catch let error as DatabaseError where TableSalvage.isDamage(error) {
                // Its tables are searched for in vain, then.
            }
            try body()
        }
        // After some errors SQLite has taken it back itself (sqlite.org/lang_transaction.html).
        if old.isInsideTransaction { try old.execute(sql: "ROLLBACK") }
        try result.get()
    }

    private static func mendSchema(of old: Database, like new: Database) throws {
        let columns = "SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema"
        let known = try Row.fetchAll(new, sql: columns).map(SchemaEntry.init)
        for found in try Row.fetchAll(old, sql: columns).map(SchemaEntry.init) {
            let entry = known.first { $0.isSame(as: found) }
            guard let entry, entry.isNeeded else {
                try old.execute(
                    sql: "DELETE FROM sqlite_schema WHERE rowid = ?", arguments: [found.rowID])
                continue
            }
            try old.execute(
                sql: """
                    UPDATE sqlite_schema SET type = ?, name = ?, tbl_name = ?, sql = ?
                    WHERE rowid = ?
                    """,
                arguments: [entry.type, entry.name, entry.table, entry.sql, found.rowID])
        }
        // "The schema is reloaded" with the next statement.
        try old.execute(sql: "PRAGMA writable_schema = RESET")
    }

    /// A row of `sqlite_schema`.
    private struct SchemaEntry {
        let rowID: Int64
        let type: String
        let name: String
        let table: String
        /// `nil` for an index that a constraint makes.
        let sql: String?

        init(_ row: Row) {
            rowID = row[0]
            func text(_ index: Int) -> String { String.fromDatabaseValue(row[index]) ?? "" }
            (type, name, table) = (text(1), text(2), text(3))
            sql = String.fromDatabaseValue(row[4])
        }

        /// An index is made anew, unless the table cannot do without.
        var isNeeded: Bool { type == "table" || sql == nil }

        /// One of the two may be damaged in part.
        func isSame(as other: SchemaEntry) -> Bool {
            (type, name) == (other.type, other.name) || sql != nil && sql == other.sql
        }
    }

    /// Those of the schema, without those of SQLite and GRDB.
    private static func tables(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT name FROM sqlite_schema WHERE type = 'table'
                AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%' ORDER BY name
                """)
    }

    /// Gives rows that refer to one that is lost a substitute, or removes them. Returns how many it
    /// removed.
    package static func mendReferences(_ db: Database) throws -> Int {
        try tables(db).reduce(0) { sum, table in try sum + mendReferences(of: table, db) }
    }

    private static func mendReferences(of table: String, _ db: Database) throws -> Int {
        let references = try Row.fetchAll(
            db, sql: #"SELECT "from", "table" FROM pragma_foreign_key_list(?)"#,
            arguments: [table])
        var removed = 0
        for reference in references {
            let (column, parent): (String, String) = (reference[0], reference[1])
            let isLost = "\(column) NOT IN (SELECT id FROM \(parent))"
            guard let substitute = substitutes[parent] else {
                try db.execute(sql: "DELETE FROM \(table) WHERE \(isLost)")
                removed += db.changesCount
                continue
            }
            try db.execute(
                sql: """
                    INSERT INTO \(parent) \(substitute)
                    FROM (SELECT \(column) AS key FROM \(table) WHERE \(isLost))
                    """)
        }
        return removed
    }

    /// Whoever opens the old name meanwhile finds the damaged database, without its log.
    static func moveAside(_ path: String, to aside: String) throws(SystemError) {
        for suffix in ["-wal", ""] where fileExists(path + suffix) {
            try closeToOthers(path + suffix)
            do throws(SystemError) {
                try linkFile(path + suffix, aside + suffix)
            } catch {
                // A file system without links: for a moment there is no database.
                try renameFile(path + suffix, aside + suffix)
            }
        }
        // What a log holds would be written into whatever database it lies beside.
        for suffix in ["-wal", "-shm"] { try removeFile(path + suffix) }
    }
}
