internal import EventStore
internal import HostSystem
internal import Listings

/// Prints events when they end, for ever.
struct EventFollower {
    /// The path of the database as the user gave it.
    let path: String
    let query: EventQuery
    let format: EventFormat
    private let room = StandardStream.output.terminalColumns

    /// Prints the events of the query that have ended, then each one as it ends.
    func run() throws {
        try DatabaseFollower(path: path).run(
            first: { reader in
                let page = try reader.endedEvents(query)
                try StandardStream.output.write(
                    format.streamHeader(within: room) + format.stream(page.events, within: room))
                return page.cursor
            }, beginning: EventCursor.beginning,
            next: { reader, cursor in
                let page = try reader.endedEvents(after: cursor, query)
                try StandardStream.output.write(format.stream(page.events, within: room))
                cursor = page.cursor
            })
    }
}
