public import Database
internal import GRDB
public import Timekeeping

/// The ledger of the commands that rules started.
extension EventStore {
    /// When each rule last fired, on the clock of the audio, so that a cooldown survives a restart.
    ///
    /// "Last" means entered last: a firing under a clock that was years ahead must not silence a
    /// rule for years. Tests of rules, whose numbers are negative, do not count. A database that
    /// has no room to be migrated may be older than what tells tests apart.
    public func lastFirings() throws(StoreError) -> [String: UTCTime] {
        try reading("read when the rules fired last", empty: [:]) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT id, rule, fired_us FROM hook_run
                    WHERE id IN (
                      SELECT max(id) FROM hook_run WHERE id > 0 GROUP BY rule)
                    """)
            var firings: [String: UTCTime] = [:]
            for row in rows {
                let row = StoredRow(row, of: "hook_run")
                firings[try row.value(1)] = UTCTime(microseconds: try row.value(2))
            }
            return firings
        }
    }
}
