internal import Database
internal import EventStore
internal import HostSystem
internal import Listings
internal import Timekeeping

/// Prints events when they end, for ever. When somebody removes or replaces the database it
/// continues with its successor, as `tail -F` does with a file.
struct EventFollower {
    /// How often the database is read.
    private static let interval = Duration.milliseconds(250)
    /// A database that is being copied into place cannot be opened at first. A fault that lasts
    /// longer than this, in seconds, is reported.
    private static let patience = 5.0

    /// The path of the database as the user gave it.
    let path: String
    let query: EventQuery
    let format: EventFormat
    private let room = StandardStream.output.terminalColumns

    /// Prints the events of the query that have ended, then each one as it ends.
    func run() throws {
        // One reader at a time: SQLite shares the index of the log among the connections of a
        // process, so a reader next to that of a removed log would read from the wrong index.
        try follow(EventReader(path: path)) { reader in
            let page = try reader.endedEvents(query)
            try StandardStream.output.write(
                format.streamHeader(within: room) + format.stream(page.events, within: room))
            return page.cursor
        }
        while true {
            try follow(successor()) { reader in
                StandardError.write("following the new \(reader.path) from its beginning")
                return .beginning
            }
        }
    }

    /// Prints each event that ends after the beginning, until the database is replaced.
    private func follow(
        _ reader: EventReader, from beginning: (EventReader) throws -> EventCursor
    ) throws {
        var cursor = try beginning(reader)
        var isReplaced = false
        while !isReplaced {
            MonotonicClock.sleep(for: Self.interval)
            // Checked first, so that everything the old database ever got is read.
            isReplaced = reader.isReplaced
            do {
                let page = try reader.endedEvents(after: cursor, query)
                try StandardStream.output.write(format.stream(page.events, within: room))
                cursor = page.cursor
            } catch let error as StoreError {
                guard reader.isReplaced else { throw error }
            }
        }
        StandardError.write("\(reader.path) was removed or replaced; waiting for the new one")
    }

    /// The new database, as soon as there is one.
    private func successor() -> EventReader {
        var (fault, since) = ("", ContinuousClock.now)
        var isSaid = false
        while true {
            do throws(StoreError) {
                return try EventReader(path: path)
            } catch {
                if "\(error)" != fault {
                    (fault, since, isSaid) = ("\(error)", .now, false)
                } else if !isSaid, error.kind != .missing, .now - since > .seconds(Self.patience) {
                    StandardError.write("\(error); trying again")
                    isSaid = true
                }
            }
            MonotonicClock.sleep(for: Self.interval)
        }
    }
}
