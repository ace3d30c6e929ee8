internal import Database
internal import GRDB
internal import SoundTypes
internal import Timekeeping

/// An event query as SQL.
///
/// An event overlaps the period when it began before the end and was heard at the start or later.
/// No event is longer than the largest length, so it began at most that long before the start:
/// both bounds fall on `event_onset`, and only the rows of the period are read.
struct EventSelection {
    enum Order {
        /// By onset; the query's period counts.
        case onset
        /// All ended events after a cursor, in the order in which they ended; the period, the limit
        /// and the direction of the query are ignored.
        case ended(after: Int64)
    }

    private var filter = RowFilter()
    private let order: Order
    private let limit: Int?
    private let newestFirst: Bool

    init(_ query: EventQuery, _ order: Order, in db: Database) throws {
        self.order = order
        switch order {
        case .onset:
            limit = query.limit.map { max(0, $0) }
            newestFirst = query.newestFirst
            try addPeriod(query, in: db)
        case .ended(let cursor):
            limit = nil
            newestFirst = false
            filter.add("ended_order > ?", cursor)
        }
        try addLabels(query.labels, order, in: db)
        if query.minimumConfidence > 0 {
            filter.add("peak_confidence >= ?", query.minimumConfidence)
        }
        if !query.includesRetracted { filter.add("status <> 'retracted'") }
        filter.add("source = (SELECT id FROM source WHERE name = ?)", query.source)
    }

    /// Only events that have ended.
    mutating func addEnded() {
        filter.add("ended_order IS NOT NULL")
    }

    /// The events in the order of the query. The limit keeps the newest ones, so with a limit
    /// they are read newest first, whatever the order.
    func fetch(_ db: Database) throws -> [SoundEvent] {
        let events = try SoundEvent.fetch(db, where: rest, arguments: filter.arguments)
        return limit != nil && !newestFirst ? events.reversed() : events
    }

    /// How SQLite would find the rows, one line per step.
    func plan(_ db: Database) throws -> [String] {
        let rows = try Row.fetchAll(
            db, sql: "EXPLAIN QUERY PLAN SELECT * FROM event WHERE \(rest)",
            arguments: filter.arguments)
        return rows.map { $0["detail"] }
    }

    /// The length of the longest event, in microseconds; the end of `event_length`.
    static func longestEvent(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT max(heard_until_us - onset_us) FROM event") ?? 0
    }

    private mutating func addPeriod(_ query: EventQuery, in db: Database) throws {
        if let since = query.since {
            let longest = try Self.longestEvent(db)
            let (earliest, underflow) = since.microseconds.subtractingReportingOverflow(longest)
            filter.add("onset_us >= ?", underflow ? Int64.min : earliest)
            filter.add("heard_until_us >= ?", since.microseconds)
        }
        filter.add("onset_us < ?", query.until?.microseconds)
    }

    /// Labels that the database has never seen match nothing.
    ///
    /// There are few new ends, so `event_ended` finds them best; the `+` keeps SQLite from reading
    /// a label's whole past instead (sqlite.org/optoverview.html, section 5).
    private mutating func addLabels(
        _ labels: Set<String>, _ order: Order, in db: Database
    ) throws {
        guard !labels.isEmpty else { return }
        let numbers = try NameTable.label.names(in: db).filter { labels.contains($0.value) }.keys
        let list = numbers.sorted().map(String.init).joined(separator: ", ")
        switch order {
        case .onset: filter.add("label IN (\(list))")
        case .ended: filter.add("+label IN (\(list))")
        }
    }

    /// What follows WHERE.
    private var rest: String {
        let direction = limit != nil || newestFirst ? "DESC" : "ASC"
        let columns =
            switch order {
            case .onset: ["onset_us", "id", "part"]
            case .ended: ["ended_order"]
            }
        let order = columns.map { "\($0) \(direction)" }.joined(separator: ", ")
        let end = limit.map { " LIMIT \($0)" } ?? ""
        return "\(filter.condition) ORDER BY \(order)\(end)"
    }
}
