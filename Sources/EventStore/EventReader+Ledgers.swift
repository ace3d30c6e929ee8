public import AlertTypes
public import Database
internal import GRDB
internal import LevelStore
public import LevelTypes
public import SoundTypes
public import Timekeeping

/// What the monitor did besides hearing: what it listened to, what it missed, what it ran.
extension EventReader {
    /// The sessions of listening that overlap the period, the oldest first.
    public func sessions(
        since: UTCTime? = nil, until: UTCTime? = nil, source: String? = nil
    ) throws(StoreError) -> [ListeningSession] {
        var filter = RowFilter()
        filter.add("ended_us >= ?", since?.microseconds)
        filter.add("started_us < ?", until?.microseconds)
        filter.add("source.name = ?", source)
        return try doing("read the sessions") { db in try ListeningSession.fetch(db, filter) }
    }

    /// The gaps that overlap the period, the oldest first.
    public func gaps(
        since: UTCTime? = nil, until: UTCTime? = nil, source: String? = nil
    ) throws(StoreError) -> [AudioGap] {
        var filter = RowFilter()
        filter.add("end_us >= ?", since?.microseconds)
        filter.add("start_us < ?", until?.microseconds)
        filter.add("source.name = ?", source)
        return try doing("read the gaps") { db in try AudioGap.fetch(db, filter) }
    }

    /// The runs of hooks that started in the period, the oldest first.
    ///
    /// - Parameters:
    ///   - alerts: only those of the alerts with these numbers
    ///   - failedOnly: leaves out those that wait, run or ended with the exit status 0
    ///   - limit: at most this many, the newest ones
    public func hookRuns(
        since: UTCTime? = nil, until: UTCTime? = nil, rule: String? = nil,
        alerts: ClosedRange<Int64>? = nil, failedOnly: Bool = false, limit: Int? = nil
    ) throws(StoreError) -> [HookRun] {
        var filter = RowFilter()
        filter.add("started_us >= ?", since?.microseconds)
        filter.add("started_us < ?", until?.microseconds)
        filter.add("rule = ?", rule)
        filter.add("alert_id >= ?", alerts?.lowerBound)
        filter.add("alert_id <= ?", alerts?.upperBound)
        if failedOnly {
            filter.add("outcome NOT IN ('waiting', 'running')")
            filter.add("(outcome <> 'exited' OR ifnull(exit_status, 1) <> 0)")
        }
        return try doing("read the runs of the hooks") { db in
            try HookRun.fetch(db, filter, limit: limit)
        }
    }

    /// The rules that ever fired, sorted.
    public func knownRules() throws(StoreError) -> [String] {
        try doing("read the rules") { db in
            try String.fetchAll(
                db, sql: "SELECT rule FROM hook_run UNION SELECT rule FROM alert ORDER BY rule")
        }
    }

    /// The calibrations, of one source if it is given, in the order in which they were entered.
    public func calibrations(
        source: String? = nil
    ) throws(StoreError) -> [Calibration] {
        var filter = RowFilter()
        filter.add("source.name = ?", source)
        return try doing("read the calibrations") { db in try Calibration.fetch(db, filter) }
    }

    /// The calibration of a source and its input that was entered last.
    public func lastCalibration(
        source: String, input: String
    ) throws(StoreError) -> Calibration? {
        try doing("read the calibrations") { db in
            try Calibration.last(db, source: source, input: input)
        }
    }
}
