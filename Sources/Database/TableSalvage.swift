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
        let others: [ResultCode] = [.SQLITE_IOERR_NOMEM, .SQLITE_IOERR_SHMSIZE]
        return !others.contains(error.extendedResultCode)
            && [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR, .SQLITE_ERROR, .SQLITE_TOOBIG]
                .contains(error.resultCode)
    }

    /// Where reading ended for damage; `nil`: before the first row.
    private struct Break {
        let lastKey: Int64?
    }

    private enum Direction: String {
        case up = "ASC"
        case down = "DESC"
    }

    /// Where reading has got to. Garbage may hold any key: one that jumps far counts only when the
    /// next one confirms it, and of two that are out of order neither counts.
    private struct Place {
        private static let jump: UInt64 = 1 << 20

        private let direction: Direction
        private let from: Int64
        /// The last in order that counts, and the one before.
        private(set) var lastKey: Int64?
        private var lastButOne: Int64?
        /// One that jumped.
        private var candidate: Int64?

        init(_ direction: Direction, _ from: Int64) {
            (self.direction, self.from) = (direction, from)
        }

        /// False if the key is out of order.
        mutating func move(to key: Int64) -> Bool {
            let newest = candidate ?? lastKey ?? from
            guard key >= 0, direction == .up ? key >= newest : key <= newest else {
                if candidate == nil { lastKey = lastButOne }
                return false
            }
            if let candidate { (lastButOne, lastKey) = (lastKey, candidate) }
            if newest.distance(to: key).magnitude <= Self.jump {
                (lastButOne, lastKey, candidate) = (lastKey, key, nil)
            } else {
                candidate = key
            }
            return true
        }
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
    /// Throws when nobody wants the copy any more.
    private let goOn: () throws -> Void
    /// The last key that was read upwards.
    private var lastFromBelow: Int64?
    private var outcome = Outcome()

    /// - Parameters:
    ///   - new: has the table, and takes the rows
    ///   - goOn: is called before each row, and ends the copy by throwing
    static func copy(
        _ table: String, from old: Database, to new: Database, goOn: @escaping () throws -> Void
    ) throws -> Outcome {
        var salvage = try TableSalvage(table, old, new, goOn)
        try salvage.copyAll()
        return salvage.outcome
    }

    private init(
        _ table: String, _ old: Database, _ new: Database, _ goOn: @escaping () throws -> Void
    ) throws {
        (self.table, self.old, self.new, self.goOn) = (table, old, new, goOn)
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
        while let up = try copy(.up, from: from) {
            lastFromBelow = up.lastKey ?? lastFromBelow
            let reached = up.lastKey ?? from
            guard reached < .max else { return }
            let next = try firstReadableKey(after: reached)
            let down = try copy(.down, from: next ?? .max)
            if let down { note(from: up.lastKey, otherwise: from, to: down.lastKey, next) }
            guard let next, next < .max else { break }
            // A key may be found while its row cannot be read.
            from = down.map { $0.lastKey != nil } ?? true ? next : next + 1
        }
        if !outcome.unreadable.isEmpty { try copyFromIndexes() }
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

    /// Copies rows from a key on: upwards to the last, downwards to one that was read from below.
    /// Returns `nil` if it gets there. A key out of order is damage, too.
    private mutating func copy(_ direction: Direction, from: Int64) throws -> Break? {
        let bound = direction == .up ? ">=" : "<="
        let order = keys.map { "\($0) \(direction.rawValue)" }.joined(separator: ", ")
        let sql = """
            SELECT \(keys[0]), \(list) FROM \(table)
            WHERE \(keys[0]) \(bound) ? ORDER BY \(order)
            """
        var place = Place(direction, from)
        let rows = try unlessDamaged { try Row.fetchCursor(old, sql: sql, arguments: [from]) }
        while let rows, let found = try unlessDamaged({ try rows.next() }) {
            guard let row = found else {
                // The first row of all, although one was read before it?
                let isEnd = direction == .up || lastFromBelow == nil
                return isEnd ? nil : Break(lastKey: place.lastKey)
            }
            let key = Int64.fromDatabaseValue(row[0]) ?? -1
            guard place.move(to: key) else { break }
            if direction == .down, let lastFromBelow {
                // Several rows may begin with one key.
                if key == lastFromBelow, keys.count == 1 { return nil }
                if key < lastFromBelow {
                    return keys.count == 1 ? Break(lastKey: place.lastKey) : nil
                }
            }
            try insert(row)
        }
        return Break(lastKey: place.lastKey)
    }

    /// Copies what an index holds that holds all columns. Where it does not, it leads to pages that
    /// were tried before.
    private mutating func copyFromIndexes() throws {
        let indexes = try String.fetchAll(
            new, sql: "SELECT name FROM pragma_index_list(?) WHERE origin = 'u'",
            arguments: [table])
        for index in indexes {
            let sql = "SELECT \(keys[0]), \(list) FROM \(table) INDEXED BY \(index)"
            let rows = try unlessDamaged { try Row.fetchCursor(old, sql: sql) }
            while let rows, let found = try unlessDamaged({ try rows.next() }), let row = found {
                try insert(row)
            }
        }
    }

    /// A row that was met from both sides is there already.
    private mutating func insert(_ row: Row) throws {
        try goOn()
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
        var step: Int64 = 1
        while case (let from, false) = key.addingReportingOverflow(step) {
            if let found = try unlessDamaged({ try firstKey(from: from, after: key) }),
                let found
            {
                return found
            }
            guard case (let twice, false) = step.multipliedReportingOverflow(by: 2) else { break }
            step = twice
        }
        return nil
    }

    /// The first key from one on, if the next one confirms it.
    private func firstKey(from: Int64, after key: Int64) throws -> Int64? {
        let sql = """
            SELECT \(keys[0]) FROM \(table) WHERE \(keys[0]) >= ? ORDER BY \(keys[0]) LIMIT 2
            """
        // A key of garbage may be no number.
        let found = try Row.fetchAll(old, sql: sql, arguments: [from]).map { row in
            Int64.fromDatabaseValue(row[0]) ?? -1
        }
        var place = Place(.up, key)
        guard let first = found.first, first > key, place.move(to: first) else { return nil }
        guard let second = found.dropFirst().first else { return first }
        return place.move(to: second) ? first : nil
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
