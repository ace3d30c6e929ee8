public import AlertTypes
public import Database
internal import GRDB

/// Enters tests of rules, also while the monitor writes to the database.
///
/// The monitor numbers alerts and runs upwards from 1. Tests are numbered downwards from -1, so
/// neither of the two can take a number of the other, and the monitor never takes up their runs.
public struct TestAlertWriter: Sendable {
    private let writer: OwnerWriter

    /// Opens the database. Throws what `EventReader` throws, and `.readOnly`.
    public init(path: String) throws(StoreError) {
        writer = try OwnerWriter(path: path, action: "enter a test of a rule")
    }

    /// Enters an alert and its runs.
    ///
    /// - Parameter make: makes them of the numbers of the alert and of its first run; those of
    ///   further runs count down
    public func add(
        _ make: (_ alert: Int64, _ run: Int64) -> (alert: Alert, runs: [HookRun])
    ) throws(StoreError) -> (alert: Alert, runs: [HookRun]) {
        try writer.write { db in
            let sql = "SELECT min(0, ifnull(min(id), 0)) - 1 FROM "
            let alert = try Int64.fetchOne(db, sql: sql + "alert") ?? -1
            let run = try Int64.fetchOne(db, sql: sql + "hook_run") ?? -1
            let made = make(alert, run)
            try AlertChanges(alerts: [made.alert], runs: made.runs).save(to: db)
            return made
        }
    }

    /// Enters a new state of a run.
    public func save(_ run: HookRun) throws(StoreError) {
        try writer.write { db in try run.save(to: db) }
    }
}
