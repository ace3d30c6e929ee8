public import AlertTypes
public import Database
internal import GRDB
public import Timekeeping

/// An alert, and when it began to be acted upon.
public struct AlertLatency: Sendable, Hashable {
    public var alert: Alert
    /// When the first of its actions was started, on the wall clock; `nil` if none was.
    public var hookStartedAt: UTCTime?
}

/// What the rules told the owner, what they held back, and what he said.
extension EventReader {
    /// The alerts that fired in the period, the oldest first.
    ///
    /// - Parameters:
    ///   - source: only those that are about this source alone
    ///   - includesTests: those that the owner fired to try a rule, too
    ///   - limit: at most this many, the newest ones
    public func alerts(
        since: UTCTime? = nil, until: UTCTime? = nil, rule: String? = nil, source: String? = nil,
        isUnresolvedOnly: Bool = false, includesTests: Bool = true, limit: Int? = nil
    ) throws(StoreError) -> [Alert] {
        var filter = RowFilter()
        filter.add("fired_us >= ?", since?.microseconds)
        filter.add("fired_us < ?", until?.microseconds)
        filter.add("rule = ?", rule)
        filter.add("source = (SELECT id FROM source WHERE name = ?)", source)
        if isUnresolvedOnly { filter.add("resolved_us IS NULL") }
        if !includesTests { filter.add("is_test = 0") }
        return try doing("read the alerts") { db in try Alert.fetch(db, filter, limit: limit) }
    }

    /// The alert of this number; `nil` if there is none.
    public func alert(_ id: Int64) throws(StoreError) -> Alert? {
        var filter = RowFilter()
        filter.add("id = ?", id)
        return try doing("read an alert") { db in try Alert.fetch(db, filter).first }
    }

    /// The alerts that fired in the period, tests left out, with the first start of an action, the
    /// oldest first.
    public func alertLatencies(
        since: UTCTime? = nil, until: UTCTime? = nil, rule: String? = nil
    ) throws(StoreError) -> [AlertLatency] {
        let alerts = try alerts(since: since, until: until, rule: rule, includesTests: false)
        guard let first = alerts.map(\.id).min(), let last = alerts.map(\.id).max() else {
            return []
        }
        let runs = try Dictionary(grouping: hookRuns(alerts: first...last), by: \.alertID)
        return alerts.map {
            AlertLatency(alert: $0, hookStartedAt: runs[$0.id]?.firstStart)
        }
    }

    /// What was held back in the period, the oldest first.
    public func suppressions(
        since: UTCTime? = nil, until: UTCTime? = nil, rule: String? = nil
    ) throws(StoreError) -> [Suppression] {
        var filter = RowFilter()
        filter.add("last_us >= ?", since?.microseconds)
        filter.add("first_us < ?", until?.microseconds)
        filter.add("rule = ?", rule)
        return try doing("read what was held back") { db in try Suppression.fetch(db, filter) }
    }

    /// The silences, in the order in which they were entered.
    ///
    /// - Parameter all: false: only those that are not over at `now`
    public func silences(
        all: Bool = false, now: UTCTime = .now()
    ) throws(StoreError) -> [Silence] {
        try doing("read the silences") { db in
            try all ? Silence.fetch(db, RowFilter()) : Silence.fetch(db, notOverAt: now)
        }
    }

    /// What the monitor did when it was last asked to read its configuration again; `nil` if it
    /// never was.
    public func lastReload() throws(StoreError) -> ConfigurationReload? {
        try doing("read the reloads") { db in try ConfigurationReload.last(db) }
    }

    /// The rules that ever fired, were held back or remember anything, sorted.
    public func rulesOnRecord() throws(StoreError) -> [String] {
        try doing("read the rules") { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT rule FROM hook_run UNION SELECT rule FROM alert
                    UNION SELECT rule FROM suppression UNION SELECT rule FROM rule_state
                    ORDER BY rule
                    """)
        }
    }
}
