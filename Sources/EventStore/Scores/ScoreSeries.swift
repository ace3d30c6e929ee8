internal import Database
internal import Foundation
internal import GRDB
internal import SoundTypes
internal import Timekeeping

/// The rows of the scores of one source with one list of labels.
struct ScoreSeries {
    /// The seconds that can be stored: 1970 to 2514.
    private static let acceptedSeconds: Range<Int64> = 0..<(1 << 34)
    /// The numbers of series whose blocks have keys.
    private static let acceptedSeries: Range<Int64> = 0..<(1 << 28)
    /// More than any network has.
    private static let labelLimit = 10_000

    let source: String
    let labels: [String]
    private let db: Database
    private let series: Int64

    private init(_ db: Database, series: Int64, source: String, labels: [String]) throws {
        guard Self.acceptedSeries.contains(series) else {
            throw RowFault("table score_series: id is \(series)")
        }
        (self.db, self.series, self.source, self.labels) = (db, series, source, labels)
    }

    /// Adds seconds to what is stored of them.
    static func add(_ seconds: [SecondScores], to db: Database) throws {
        let lists = Dictionary(grouping: seconds) { List(source: $0.source, labels: $0.labels) }
        for (list, seconds) in lists {
            let table = try ScoreSeries(
                db, series: list.id(in: db), source: list.source, labels: list.labels)
            let blocks = try Dictionary(grouping: seconds) { try Self.block(of: $0) }
            for (start, seconds) in blocks { try table.add(seconds, toBlock: start) }
        }
    }

    /// Those of a source.
    static func all(of source: String, in db: Database) throws -> [ScoreSeries] {
        let sql = """
            SELECT id, labels FROM score_series
            WHERE source = (SELECT id FROM source WHERE name = ?) ORDER BY id
            """
        return try Row.fetchAll(db, sql: sql, arguments: [source]).map { row in
            let row = StoredRow(row, of: "score_series")
            let labels: [String] = try row.object(1)
            _ = try row.known((1...labelLimit).contains(labels.count) ? labels : nil, 1)
            return try ScoreSeries(db, series: row.value(0), source: source, labels: labels)
        }
    }

    /// When the first block begins that does not begin before a second; `nil` if there is none.
    func firstBlock(from second: Int64) throws -> Int64? {
        let all = Self.acceptedSeconds
        guard second < all.upperBound else { return nil }
        let sql = "SELECT min(id) FROM score_block WHERE id >= ? AND id < ?"
        return try Int64.fetchOne(
            db.cachedStatement(sql: sql),
            arguments: [key(max(second, all.lowerBound)), key(all.upperBound)]
        ).map { $0 - key(0) }
    }

    /// The blocks that begin in a period, from the first.
    func eachBlock(
        in period: Range<Int64>, _ body: (_ start: Int64, ScoreBlock) -> Void
    ) throws {
        let known = period.clamped(to: Self.acceptedSeconds)
        guard !known.isEmpty else { return }
        let sql = "SELECT id, second, data FROM score_block WHERE id >= ? AND id < ? ORDER BY id"
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql),
            arguments: [key(known.lowerBound), key(known.upperBound)])
        while let row = try rows.next() {
            let row = StoredRow(row, of: "score_block", keyCount: 2)
            let start = try row.number(1, in: known.lowerBound...known.upperBound - 1)
            let bytes = try row.bytes(2)
            body(
                start,
                try row.naming { try ScoreBlock(encoded: bytes, labelCount: labels.count) })
        }
    }

    /// Removes the oldest blocks that begin before a time, at most so many. Returns how many.
    static func removeBlocks(before end: UTCTime, limit: Int, in db: Database) throws -> Int {
        let second = min(max(end.microseconds / 1_000_000, 0), acceptedSeconds.upperBound)
        let sql = """
            DELETE FROM score_block WHERE id IN (
              SELECT id FROM score_block WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)
            """
        return try numbers(in: db).reduce(0) { sum, series in
            try db.cachedStatement(sql: sql).execute(arguments: [
                key(series, 0), key(series, second), limit - sum,
            ])
            return sum + db.changesCount
        }
    }

    /// When the oldest block begins; `nil` if there is none.
    static func firstBlock(in db: Database) throws -> UTCTime? {
        let sql = "SELECT min(id) FROM score_block WHERE id >= ? AND id < ?"
        return try numbers(in: db).compactMap { series in
            try Int64.fetchOne(
                db.cachedStatement(sql: sql),
                arguments: [key(series, 0), key(series, acceptedSeconds.upperBound)]
            ).map { UTCTime(microseconds: ($0 - key(series, 0)) * 1_000_000) }
        }.min()
    }

    private static func numbers(in db: Database) throws -> [Int64] {
        try Int64.fetchAll(db, sql: "SELECT id FROM score_series ORDER BY id")
            .filter(acceptedSeries.contains)
    }

    /// When the block begins that a second is in.
    static func start(ofBlockAround second: Int64) -> Int64 {
        second - second % Int64(ScoreBlock.seconds)
    }

    private func add(_ seconds: [SecondScores], toBlock start: Int64) throws {
        var block = ScoreBlock(labelCount: labels.count)
        try eachBlock(in: start..<(start + 1)) { block = $1 }
        for second in seconds {
            let index = second.start.microseconds / 1_000_000 - start
            block.add(Int(index), second.maxima)
        }
        let sql = """
            INSERT INTO score_block (id, data) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET data = excluded.data
            """
        try db.cachedStatement(sql: sql).execute(arguments: [key(start), Data(block.encoded)])
    }

    private func key(_ second: Int64) -> Int64 { Self.key(series, second) }

    private static func key(_ series: Int64, _ second: Int64) -> Int64 {
        series * acceptedSeconds.upperBound + second
    }

    private static func block(of scores: SecondScores) throws -> Int64 {
        let (second, rest) = scores.start.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard rest == 0, acceptedSeconds.contains(second),
            scores.maxima.count == scores.labels.count,
            (1...labelLimit).contains(scores.labels.count)
        else {
            throw DatabaseError(
                resultCode: .SQLITE_CONSTRAINT,
                message: "scores are not acceptable: \(scores.maxima.count) of "
                    + "\(scores.labels.count) labels, \(scores.start.microseconds) µs after 1970; "
                    + "one of each label, and whole seconds, are accepted")
        }
        return start(ofBlockAround: second)
    }

    /// A source with a list of labels: a row of `score_series`.
    private struct List: Hashable {
        let source: String
        let labels: [String]

        /// The number of the list; a new one is given one.
        func id(in db: Database) throws -> Int64 {
            let arguments: StatementArguments = [
                try NameTable.source.id(of: source, in: db), try JSONColumn.text(labels),
            ]
            let query = try db.cachedStatement(
                sql: "SELECT id FROM score_series WHERE source = ? AND labels = ?")
            if let id = try Int64.fetchOne(query, arguments: arguments) { return id }
            try db.cachedStatement(sql: "INSERT INTO score_series (source, labels) VALUES (?, ?)")
                .execute(arguments: arguments)
            return db.lastInsertedRowID
        }
    }
}
