internal import AlertTypes
internal import EventStore
internal import HostSystem
internal import Listings

/// Prints alerts as they fire and whenever their state changes, for ever.
struct AlertFollower {
    /// The path of the database as the user gave it.
    let path: String
    /// Only alerts of this rule, and of this source.
    let rule: String?
    let source: String?
    let format: EventFormat
    private let room = StandardStream.output.terminalColumns

    /// - Parameter first: the alerts to begin with
    func run(first: (EventReader) throws -> [Alert]) throws {
        try DatabaseFollower(path: path).run(
            first: { reader in
                // Taken first: what fires between the two is in the list, and not told again.
                var cursor = try reader.alertCursor()
                let alerts = try first(reader)
                cursor.note(alerts)
                try StandardStream.output.write(
                    format.alertHeader(within: room) + format.stream(alerts, within: room))
                return cursor
            }, beginning: AlertCursor.beginning,
            next: { reader, cursor in
                let alerts = try reader.changedAlerts(since: &cursor).filter { alert in
                    (rule == nil || alert.rule == rule)
                        && (source == nil || alert.source == source)
                }
                try StandardStream.output.write(format.stream(alerts, within: room))
            })
    }
}
