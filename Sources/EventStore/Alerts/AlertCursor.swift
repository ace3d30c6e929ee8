public import AlertTypes
public import Database
internal import GRDB
internal import Timekeeping

/// How much of the alerts somebody has been told.
public struct AlertCursor: Sendable, Hashable {
    /// Before the first alert.
    public static let beginning = AlertCursor()

    /// What is worth telling of an alert.
    private struct State: Sendable, Hashable {
        let isResolved: Bool
        let repeats: Int
        let acknowledgedAt: UTCTime?

        init(_ alert: Alert) {
            isResolved = alert.isResolved
            repeats = alert.repeats
            acknowledgedAt = alert.acknowledgedAt
        }
    }

    /// The highest number of an alert so far.
    private(set) var last: Int64 = 0
    /// The alerts that may still change.
    private var told: [Int64: State] = [:]

    var watched: [Int64] { told.keys.sorted() }

    /// Enters alerts that have been told already.
    public mutating func note(_ alerts: [Alert]) {
        for alert in alerts { told[alert.id] = State(alert) }
    }

    /// The alerts of which something new is to be told; from now on it has been.
    mutating func advance(over alerts: [Alert]) -> [Alert] {
        let new = alerts.filter { State($0) != told[$0.id] }
        last = max(last, alerts.map(\.id).max() ?? 0)
        // One that is over changes no more.
        told = [:]
        note(alerts.filter { !$0.isResolved })
        return new
    }
}

extension EventReader {
    /// Where to go on after all that is stored now. Alerts that last are watched.
    public func alertCursor() throws(StoreError) -> AlertCursor {
        var cursor = AlertCursor.beginning
        _ = try doing("read the alerts") { db in
            let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM alert") ?? 0
            var filter = RowFilter()
            filter.add("(resolved_us IS NULL OR id = ?)", last)
            return cursor.advance(over: try Alert.fetch(db, filter))
        }
        return cursor
    }

    /// The alerts that have fired, were told again, were acknowledged or have ended since, each as
    /// it is now, the oldest first; the cursor moves behind them.
    ///
    /// Throws `.unreadable` where `endedEvents(after:)` does.
    public func changedAlerts(since cursor: inout AlertCursor) throws(StoreError) -> [Alert] {
        try checkChanges(action: "follow the alerts")
        let (last, watched) = (cursor.last, cursor.watched)
        let alerts = try doing("read the alerts") { db in
            var filter = RowFilter()
            let list = watched.map(String.init).joined(separator: ", ")
            filter.add("(id > ? OR id IN (\(list)))", last)
            return try Alert.fetch(db, filter)
        }
        return cursor.advance(over: alerts)
    }
}
