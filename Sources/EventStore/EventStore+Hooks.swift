public import Acoustics
internal import GRDB

/// The ledger of the commands that rules started.
extension EventStore {
    /// Enters a run that is about to start, or that could not be started. Its `id` is ignored;
    /// returns the id that `hookEnded` needs. Once this returns, the firing survives a power cut.
    public func hookStarted(_ run: HookRun) throws(EventStoreError) -> Int64 {
        try doing("enter a run of the hook of rule \(run.rule)") {
            try queue.write { db in try run.insert(into: db) }
        }
    }

    /// Enters how the run with this `id` ended. An unknown id is `.invalidValue`.
    public func hookEnded(_ run: HookRun) throws(EventStoreError) {
        try doing("enter the end of run \(run.id) of the hook of rule \(run.rule)") {
            try queue.write { db in try run.updateOutcome(in: db) }
        }
    }

    /// When each rule fired last, on the clock of the audio, so that a cooldown survives a restart.
    public func lastFirings() throws(EventStoreError) -> [String: UTCTime] {
        try doing("read when the rules fired last") {
            try queue.read { db in
                let rows = try Row.fetchAll(
                    db, sql: "SELECT rule, max(fired_us) FROM hook_run GROUP BY rule")
                return Dictionary(
                    uniqueKeysWithValues: rows.map {
                        ($0[0] as String, UTCTime(microseconds: $0[1]))
                    })
            }
        }
    }
}
