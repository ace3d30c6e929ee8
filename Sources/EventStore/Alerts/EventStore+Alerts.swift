public import AlertTypes
public import Database
internal import GRDB
public import Timekeeping

/// What the owner has said and the rules must know.
public struct OwnerControls: Sendable, Hashable {
    /// Those that are not over.
    public var silences: [Silence]
    /// Those of alerts that last.
    public var acknowledgements: [Acknowledgement]

    public init(silences: [Silence] = [], acknowledgements: [Acknowledgement] = []) {
        self.silences = silences
        self.acknowledgements = acknowledgements
    }
}

/// What the rules go on with after a start.
extension EventStore {
    /// What each rule remembers.
    public func ruleRecords() throws(StoreError) -> [RuleRecord] {
        try readingAlerts("read what the rules remember", empty: []) { db in
            try RuleRecord.fetchAll(db)
        }
    }

    /// How far each source was heard by an earlier monitor, in its last session: one of before may
    /// have had a clock that was years ahead.
    public func heardUntil() throws(StoreError) -> [String: UTCTime] {
        try reading("read how far was heard", empty: [:]) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, ended_us FROM recording
                    JOIN source ON source.id = recording.source
                    WHERE recording.id IN (SELECT max(id) FROM recording GROUP BY source)
                    """)
            var times: [String: UTCTime] = [:]
            for row in rows {
                let row = StoredRow(row, of: "recording")
                times[try row.value(0)] = UTCTime(microseconds: try row.value(1))
            }
            return times
        }
    }

    /// The alerts that last, the oldest first.
    public func unresolvedAlerts() throws(StoreError) -> [Alert] {
        try readingAlerts("read the alerts", empty: []) { db in try Alert.unresolved(db) }
    }

    /// What is still to be done: of each action of each alert and occasion the newest run, if that
    /// has not ended by itself. Those of an earlier monitor are `interrupted` and still have their
    /// input.
    public func unfinishedRuns() throws(StoreError) -> [HookRun] {
        try readingAlerts("read the runs of the hooks", empty: []) { db in
            try HookRun.unfinished(db)
        }
    }

    /// What the owner has said with `monitorctl`.
    public func controls(at time: UTCTime) throws(StoreError) -> OwnerControls {
        try readingAlerts("read the silences", empty: OwnerControls()) { db in
            OwnerControls(
                silences: try Silence.fetch(db, notOverAt: time),
                acknowledgements: try Acknowledgement.ofUnresolved(db))
        }
    }

    /// A number that is another one when somebody else has written to the database since the last
    /// call, or the database has been replaced. Reads no table. "The integer values returned by two
    /// invocations of PRAGMA data_version from the same connection will be different if changes
    /// were committed to the database by any other connection" (sqlite.org/pragma.html).
    public func changeCounter() throws(StoreError) -> Int64 {
        guard files.isOpen else { return 0 }
        let version = try reading("look for changes", empty: 0) { db in
            try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
        }
        return Int64(recoveries) << 32 | version
    }

    /// A database that has no room to be migrated may be older than alerts.
    private func readingAlerts<Result>(
        _ action: String, empty: Result, _ body: (Database) throws -> Result
    ) throws(StoreError) -> Result {
        try reading(action, empty: empty) { db in
            try db.tableExists("alert") ? body(db) : empty
        }
    }
}
