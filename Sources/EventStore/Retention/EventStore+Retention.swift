public import Database
internal import GRDB
internal import LevelStore
public import SoundTypes
public import Timekeeping

/// Removing what is older than it is kept, a little at a time, so that the writer never waits long.
extension EventStore {
    /// Removes the oldest rows of a kind that are from before a time, in one transaction. What is
    /// still going on stays, and so does the newest event, whose number no other may get.
    ///
    /// - Parameter limit: the most rows to remove; those that belong to them are not counted
    /// - Returns: how many were removed; fewer than `limit` if no more are as old
    public func remove(
        _ kind: Retention.Kind, before end: UTCTime, limit: Int
    ) throws(StoreError) -> Int {
        try writing("remove what is older than it is kept") { db in
            switch kind {
            case .seconds: try StoredLevels(db).removeSeconds(before: end, limit: limit)
            case .minutes: try StoredLevels(db).removeMinutes(before: end, limit: limit)
            case .hours: try StoredLevels(db).removeHours(before: end, limit: limit)
            case .scores: try ScoreSeries.removeBlocks(before: end, limit: limit, in: db)
            case .events: try removeEvents(before: end, limit: limit, in: db)
            case .alerts: try ExpiredRows.removeAlerts(before: end, limit: limit, in: db)
            case .hookRuns: try ExpiredRows.removeHookRuns(before: end, limit: limit, in: db)
            }
        }
    }

    private func removeEvents(before end: UTCTime, limit: Int, in db: Database) throws -> Int {
        let (events, pictures) = try ExpiredRows.removeEvents(before: end, limit: limit, in: db)
        if pictures > 0 { files.pictureBound?.noteRemoval(in: db) }
        return events
    }

    /// When the oldest of the seconds of levels and of the scores begins; `nil` if there are none.
    public func oldestSecond() throws(StoreError) -> UTCTime? {
        try reading("find the oldest levels", empty: nil) { db in
            [try StoredLevels(db).firstSecond(), try ScoreSeries.firstBlock(in: db)]
                .compactMap { $0 }.min()
        }
    }

    /// How much of the file is in use, and how much of it is free, in bytes. What waits in the log
    /// counts as if it were written.
    public func size() throws(StoreError) -> (used: Int64, free: Int64) {
        try reading("measure the event database", empty: (0, 0)) { db in
            let size = try DatabasePages(db)
            return (size.usedBytes, size.freeBytes)
        }
    }

    /// Gives free pages back to the file system, at most so many. Returns how many that were: none
    /// in a database that an earlier version made, whose file keeps its size
    /// (sqlite.org/pragma.html#pragma_incremental_vacuum).
    ///
    /// - Parameter reserve: what stays free in the file for what comes next, in bytes; a twentieth
    ///   of what is in use if that is more
    public func giveBack(pages limit: Int, keeping reserve: Int64) throws(StoreError) -> Int {
        try writing("give free pages back") { db in
            let before = try DatabasePages(db)
            let excess = before.freeBytes - max(reserve, before.usedBytes / 20)
            let pages = min(limit, Int(excess / before.pageBytes))
            guard pages > 0 else { return 0 }
            _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(pages))")
            return try before.free - DatabasePages(db).free
        }
    }
}
