public import Database
internal import GRDB
public import SoundTypes
internal import Timekeeping

extension EventReader {
    /// Measures what the kinds of data take. It reads all of the file.
    public func sizes() throws(StoreError) -> StoredSizes {
        try doing("measure the event database") { db in
            let bytes = try TableSizes(db)
            let parts = try Self.measured.map { part in
                let ends = try part.ends.map { try Self.ends($0, in: db) } ?? (nil, nil)
                return StoredSizes.Part(
                    name: part.name, kinds: part.kinds, bytes: bytes.of(part.tables),
                    first: ends.0, last: ends.1)
            }
            let known = Set(Self.measured.flatMap(\.tables))
            let rest = StoredSizes.Part(
                name: "other", kinds: [], bytes: bytes.ofAll(but: known))
            return StoredSizes(
                parts: (parts + [rest]).sorted { $0.bytes > $1.bytes },
                freeBytes: try DatabasePages(db).freeBytes,
                canShrink: try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == 2)
        }
    }

    private struct MeasuredPart {
        let name: String
        let kinds: [Retention.Kind]
        let tables: [String]
        /// Selects the first and the last time, in microseconds.
        let ends: String?
    }

    private static let measured = [
        MeasuredPart(
            name: "events", kinds: [.events], tables: ["event", "mark"],
            ends: "SELECT min(onset_us), max(onset_us) FROM event"),
        MeasuredPart(
            name: "pictures", kinds: [.events], tables: ["event_picture"],
            ends: """
                SELECT (SELECT start_us FROM event_picture ORDER BY event_id LIMIT 1),
                  (SELECT start_us FROM event_picture ORDER BY event_id DESC LIMIT 1)
                """),
        MeasuredPart(
            name: "levels of seconds", kinds: [.seconds], tables: ["level_second"],
            ends: ends(of: "level_second", keyedBy: "measurement")),
        MeasuredPart(
            name: "levels of minutes and hours", kinds: [.minutes, .hours],
            tables: ["level_rollup", "level_histogram", "level_open"],
            ends: "SELECT min(start) * 1000000, max(start) * 1000000 FROM level_rollup"),
        MeasuredPart(
            name: "scores", kinds: [.scores], tables: ["score_block", "score_series"],
            ends: ends(of: "score_block", keyedBy: "score_series")),
        MeasuredPart(
            name: "alerts", kinds: [.alerts],
            tables: ["alert", "alert_event", "acknowledgement", "suppression", "silence"],
            ends: "SELECT min(fired_us), max(fired_us) FROM alert"),
        MeasuredPart(
            name: "runs of actions", kinds: [.hookRuns], tables: ["hook_run"],
            ends: "SELECT min(started_us), max(started_us) FROM hook_run"),
        MeasuredPart(
            name: "sessions and gaps", kinds: [], tables: ["recording", "gap"],
            ends: "SELECT min(started_us), max(ended_us) FROM recording"),
    ]

    private static func ends(
        _ sql: String, in db: Database
    ) throws -> (UTCTime?, UTCTime?) {
        guard let row = try Row.fetchOne(db, sql: sql) else { return (nil, nil) }
        let stored = StoredRow(row, of: "the ends of a table", keyCount: 0)
        let (first, last): (Int64?, Int64?) = (try stored.value(0), try stored.value(1))
        return (
            first.map { UTCTime(microseconds: $0) }, last.map { UTCTime(microseconds: $0) }
        )
    }

    /// The ends of a table whose keys hold the number of a row of another one and a second: each is
    /// a search for one end of a range of keys.
    private static func ends(of table: String, keyedBy other: String) -> String {
        let end = { (name: String) in
            """
            (SELECT \(name)(id) FROM \(table) WHERE id >= other.id << 34
              AND id < (other.id + 1) << 34) & 17179869183 AS \(name)
            """
        }
        return """
            SELECT min(min) * 1000000, max(max) * 1000000
            FROM (SELECT \(end("min")), \(end("max")) FROM \(other) AS other)
            """
    }
}
