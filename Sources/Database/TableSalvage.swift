internal import GRDB

/// Copies the rows of one table of a damaged database that can be read.
///
/// Rows are read by key, upwards, until SQLite reports damage. The next key that can be found is
/// searched for in steps that double, and from there rows are read downwards, until SQLite reports
/// damage again: what lies between is lost. A damaged page costs the rows that are on it.
struct TableSalvage {
    /// What became of the rows of a table.
    struct Outcome {
        var copied = 0
        /// Rows that break a rule of the schema.
        var refused = 0
        var unreadable: [UnreadableKeys] = []
    }

    /// What reading ends with where the file is damaged, or cannot be read.
    static func isDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR, .SQLITE_ERROR].contains(error.resultCode)
    }

    /// Where reading ended for damage; `nil`: before the first row.
    private struct Break {
        let lastKey: Int64?
    }

    private enum Direction: String {
        case up = "ASC"
        case down = "DESC"
    }

    private let table: String
    /// Those that order the rows; the first is a number, and not negative.
    private let keys: [String]
    private let columns: [String]
    private var list: String {
        columns.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
    }
    private let old: Database
    private let new: Database
    private var outcome = Outcome()

    /// - Parameter new: has the table, and takes the rows
    static func copy(_ table: String, from old: Database, to new: Database) throws -> Outcome {
        var salvage = try TableSalvage(table, old, new)
        try salvage.copyAll()
        return salvage.outcome
    }

    private init(_ table: String, _ old: Database, _ new: Database) throws {
        (self.table, self.old, self.new) = (table, old, new)
        // Generated columns are not in it (sqlite.org/pragma.html#pragma_table_info).
        columns = try String.fetchAll(
            new, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
        let hasRowID = try Bool.fetchOne(
            new, sql: "SELECT NOT wr FROM pragma_table_list(?)", arguments: [table])
        keys =
            hasRowID == true
            ? ["rowid"]
            : try String.fetchAll(
                new, sql: "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
                arguments: [table])
    }

    private mutating func copyAll() throws {
        var from: Int64 = 0
        while let up = try copy(.up, from: from, to: .max) {
            let reached = up.lastKey ?? from
            guard reached < .max else { return }
            let next = try firstReadableKey(after: reached)
            let down = try copy(.down, from: next ?? .max, to: reached)
            if let down { note(from: up.lastKey, otherwise: from, to: down.lastKey, next) }
            guard let next, next < .max else { return }
            // A key may be found while its row cannot be read.
            from = down.map { $0.lastKey != nil } ?? true ? next : next + 1
        }
    }

    /// Notes the keys between the last that was read from below and the last that was read from
    /// above; where there is none, the first that was asked for counts.
    private mutating func note(
        from below: Int64?, otherwise first: Int64, to above: Int64?, _ last: Int64?
    ) {
        let keys: (first: Int64, last: Int64)
        if let below, below == above {
            // Several rows begin with that key, and the damage lies between them.
            keys = (below, below)
        } else {
            keys = (below.map { $0 + 1 } ?? first, above.map { $0 - 1 } ?? last ?? .max)
        }
        guard keys.first <= keys.last else { return }
        outcome.unreadable.append(
            UnreadableKeys(table: table, first: keys.first, last: keys.last))
    }

    /// Copies the rows between two keys, both included, in one direction. Returns `nil` at the end.
    private mutating func copy(
        _ direction: Direction, from: Int64, to end: Int64
    ) throws -> Break? {
        var lastKey: Int64?
        let rows = try unlessDamaged {
            try Row.fetchCursor(
                old,
                sql: """
                    SELECT \(keys[0]), \(list) FROM \(table)
                    WHERE \(keys[0]) BETWEEN ? AND ?
                    ORDER BY \(keys.map { "\($0) \(direction.rawValue)" }.joined(separator: ", "))
                    """,
                arguments: [min(from, end), max(from, end)])
        }
        while let rows, let found = try unlessDamaged({ try rows.next() }) {
            guard let row = found else { return nil }
            try insert(row)
            lastKey = Int64.fromDatabaseValue(row[0])
        }
        return Break(lastKey: lastKey)
    }

    /// A row that was met from both sides is there already.
    private mutating func insert(_ row: Row) throws {
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        let insert = try new.cachedStatement(
            sql: "INSERT INTO \(table) (\(list)) VALUES (\(marks)) ON CONFLICT DO NOTHING")
        do {
            try insert.execute(arguments: StatementArguments(row.databaseValues.dropFirst()))
            outcome.copied += new.changesCount
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            outcome.refused += 1
        }
    }

    /// The first key after another one that can be found by searching; `nil`: there is none.
    private func firstReadableKey(after key: Int64) throws -> Int64? {
        let sql = """
            SELECT \(keys[0]) FROM \(table) WHERE \(keys[0]) >= ? ORDER BY \(keys[0]) LIMIT 1
            """
        var step: Int64 = 1
        while case (let from, false) = key.addingReportingOverflow(step) {
            let found = try unlessDamaged { try Int64.fetchOne(old, sql: sql, arguments: [from]) }
            if let found { return found }
            guard case (let twice, false) = step.multipliedReportingOverflow(by: 2) else { break }
            step = twice
        }
        return nil
    }

    /// What `body` reads; `nil` where the file is damaged.
    private func unlessDamaged<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as DatabaseError where Self.isDamage(error) {
            return nil
        }
    }
}
