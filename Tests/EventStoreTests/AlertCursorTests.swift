import AlertTypes
import EventStore
import TestSupport
import Testing
import Timekeeping

/// What somebody who follows the alerts is told.
@Suite struct AlertCursorTests {
    private let directory: TemporaryDirectory
    private let store: EventStore
    private let reader: EventReader

    init() throws {
        directory = try TemporaryDirectory()
        store = try EventStore(path: directory.path("events.db"))
        reader = try EventReader(path: directory.path("events.db"))
    }

    private func alert(_ id: Int64, isOver: Bool = false, repeats: Int = 0) -> Alert {
        Alert(
            id: id, rule: "siren-alert", soundAt: evening, detectedAt: evening, firedAt: evening,
            decidedAt: evening, resolvedAt: isOver ? evening : nil,
            resolution: isOver ? .cleared : nil, repeats: repeats)
    }

    private func write(_ alerts: [Alert]) throws {
        try store.write([.alerts(AlertChanges(alerts: alerts))])
    }

    @Test func eachChangeIsToldOnce() throws {
        try write([alert(1), alert(2, isOver: true)])
        var cursor = try reader.alertCursor()
        #expect(try reader.changedAlerts(since: &cursor).isEmpty)
        try write([alert(1, repeats: 1), alert(3)])
        #expect(try reader.changedAlerts(since: &cursor) == [alert(1, repeats: 1), alert(3)])
        #expect(try reader.changedAlerts(since: &cursor).isEmpty)
        // One that fires and is over between two looks is not missed.
        try write([alert(1, isOver: true, repeats: 1), alert(4, isOver: true)])
        #expect(try reader.changedAlerts(since: &cursor).map(\.id) == [1, 4])
        #expect(try reader.changedAlerts(since: &cursor).isEmpty)
        let marker = try AlertMarker(path: reader.path)
        #expect(try marker.acknowledge(alert: 3, at: evening, comment: "mine"))
        #expect(try reader.changedAlerts(since: &cursor).map(\.acknowledgement) == ["mine"])
        #expect(try reader.changedAlerts(since: &cursor).isEmpty)
    }

    @Test func theBeginningIsBeforeTheFirst() throws {
        try write([alert(1), alert(2, isOver: true)])
        var cursor = AlertCursor.beginning
        #expect(try reader.changedAlerts(since: &cursor).map(\.id) == [1, 2])
        #expect(try reader.changedAlerts(since: &cursor).isEmpty)
    }

    /// What has fired between taking the cursor and reading the list is in the list.
    @Test func whatTheListHadIsNotToldAgain() throws {
        var cursor = try reader.alertCursor()
        try write([alert(1), alert(2, isOver: true)])
        cursor.note(try reader.alerts())
        try write([alert(3)])
        #expect(try reader.changedAlerts(since: &cursor).map(\.id) == [3])
        #expect(try reader.changedAlerts(since: &cursor).isEmpty)
    }
}
