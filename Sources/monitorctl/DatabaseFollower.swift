internal import Database
internal import EventStore
internal import HostSystem
internal import Timekeeping

/// Reads a database for ever. When somebody removes or replaces it, it continues with its
/// successor, as `tail -F` does with a file.
struct DatabaseFollower {
    /// How often the database is read.
    private static let interval = Duration.milliseconds(250)
    /// A database that is being copied into place cannot be opened at first. A fault that lasts
    /// longer than this, in seconds, is reported.
    private static let patience = 5.0

    /// The path of the database as the user gave it.
    let path: String

    /// - Parameters:
    ///   - first: what is done with the database that is there now; returns where to go on
    ///   - beginning: where to go on in a successor
    ///   - next: what is done with what is new
    func run<Cursor>(
        first: (EventReader) throws -> Cursor, beginning: Cursor,
        next: (EventReader, inout Cursor) throws -> Void
    ) throws {
        // One reader at a time: SQLite shares the index of the log among the connections of a
        // process, so a reader next to that of a removed log would read from the wrong index.
        try follow(EventReader(path: path), from: first, next)
        while true {
            try follow(
                successor(),
                from: { reader in
                    StandardError.write("following the new \(reader.path) from its beginning")
                    return beginning
                }, next)
        }
    }

    /// Reads what is new after the beginning, until the database is replaced.
    private func follow<Cursor>(
        _ reader: EventReader, from beginning: (EventReader) throws -> Cursor,
        _ next: (EventReader, inout Cursor) throws -> Void
    ) throws {
        var cursor = try beginning(reader)
        var isReplaced = false
        while !isReplaced {
            MonotonicClock.sleep(for: Self.interval)
            // Checked first, so that everything the old database ever got is read.
            isReplaced = reader.isReplaced
            do {
                try next(reader, &cursor)
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
