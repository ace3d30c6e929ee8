public import Database
internal import GRDB
internal import HostSystem
public import SoundTypes

/// Reads the event database, also while the monitor writes to it. It never creates, migrates or
/// changes anything. Every call blocks, and sees one state of the database.
public final class EventReader: Sendable {
    /// The database, without symbolic links.
    public let path: String
    /// The path of the database as the caller gave it.
    private let name: String
    private let queue: DatabaseQueue
    /// The database and its log, as they were opened.
    private let files: OpenedFiles
    /// Whether SQLite was told that nobody writes to the file.
    private let isImmutable: Bool

    /// Opens the database. Throws `.emptyPath`, `.missing`, `.unreadable`, `.notAFile`,
    /// `.notADatabase`, `.foreign`, `.newerSchema` and `.olderSchema`.
    ///
    /// To read a database in WAL mode, SQLite needs its `-wal` and `-shm` files, or the right to
    /// create them. The writer leaves them in place. If somebody removed them and this user may not
    /// create them, nobody else has the database open either, and all of it is in the one file; so
    /// it is opened as immutable (sqlite.org/uri.html#uriimmutable).
    public init(path: String) throws(StoreError) {
        let action = "open the event database"
        name = path
        let path = try DatabaseFile.resolve(path, action: action, withoutDirectory: .missing)
        guard try DatabaseFile(path: path, action: action) == .ours else {
            throw StoreError(.missing, path: path, action: action)
        }
        do {
            let file = try FileIdentity(path: path)
            (queue, isImmutable) = try Self.open(path)
            try queue.read { db in try Self.checkSchema(db, path: path, action: action) }
            files = try OpenedFiles(path: path)
            guard files.database == file else {
                throw StoreError(
                    .interrupted, path: path, action: action, underlying: "it was just replaced")
            }
        } catch {
            throw StoreError(reading: error, path: path, action: action)
        }
        self.path = path
    }

    /// Whether the path no longer leads to the files that were opened, because somebody removed or
    /// replaced them. What is read then stays as it is for ever; a new reader may find more.
    public var isReplaced: Bool {
        do throws(SystemError) {
            // By the given name: a symbolic link may lead elsewhere by now.
            guard try FileIdentity(path: name) == files.database else { return true }
            return try !files.isSame(as: OpenedFiles(path: path))
        } catch {
            return true
        }
    }

    /// The events that match.
    public func events(_ query: EventQuery) throws(StoreError) -> [SoundEvent] {
        try doing("read events") { db in
            try EventSelection(query, .onset, in: db).fetch(db)
        }
    }

    /// The events that match and have ended, and the place from which `endedEvents(after:)`
    /// continues without missing or repeating one.
    public func endedEvents(_ query: EventQuery) throws(StoreError) -> EndedEvents {
        try doing("read events") { db in
            var selection = try EventSelection(query, .onset, in: db)
            selection.addEnded()
            return EndedEvents(
                events: try selection.fetch(db), cursor: EventCursor(order: try Self.lastEnd(db)))
        }
    }

    /// The events that match and ended after `cursor`, all of them, in the order in which they
    /// ended. The period, the limit and the direction of the query are ignored. A long sound gives
    /// one event per part.
    ///
    /// A database without `-wal` and `-shm` files in a directory that this user may not write to
    /// cannot be followed: `.unreadable`.
    public func endedEvents(
        after cursor: EventCursor, _ query: EventQuery
    ) throws(StoreError) -> EndedEvents {
        try checkChanges(action: "follow the events")
        return try doing("read events") { db in
            let selection = try EventSelection(query, .ended(after: cursor.order), in: db)
            let last = max(cursor.order, try Self.lastEnd(db))
            return EndedEvents(
                events: try selection.fetch(db), cursor: EventCursor(order: last))
        }
    }

    /// The parts of an event, in order; none if there is no such event.
    public func parts(ofEvent id: Int64) throws(StoreError) -> [SoundEvent] {
        try doing("read an event") { db in
            try SoundEvent.fetch(db, where: "id = ? ORDER BY part", arguments: [id])
        }
    }

    /// What the network saw around the onset of an event: `picture.start` is when the first frame
    /// begins, `picture.logMel` holds the frames, [frames][bands]. `nil` if none was kept.
    public func picture(ofEvent id: Int64) throws(StoreError) -> EventPicture? {
        try doing("read the picture of an event") { db in
            try EventPicture.fetch(db, eventID: id)
        }
    }

    /// The events that the owner confirmed or denied to be a certain sound: those with its label
    /// that are marked, and those marked wrong and named as it. The newest first; of long sounds,
    /// the first part.
    public func marked(_ label: String) throws(StoreError) -> [SoundEvent] {
        try doing("read marked events") { db in
            try SoundEvent.fetch(
                db,
                where: """
                    part = 1 AND (
                      id IN (SELECT event_id FROM mark WHERE label = ?1)
                      OR id IN (SELECT event_id FROM mark)
                        AND label = (SELECT id FROM label WHERE name = ?1))
                    ORDER BY onset_us DESC, id DESC
                    """, arguments: [label])
        }
    }

    /// The labels of all events ever stored, sorted.
    public func knownLabels() throws(StoreError) -> [String] {
        try doing("read the labels") { db in try NameTable.label.names(in: db).values.sorted() }
    }

    /// The sources ever stored, sorted.
    public func knownSources() throws(StoreError) -> [String] {
        try doing("read the sources") { db in try NameTable.source.names(in: db).values.sorted() }
    }

    /// How SQLite would find the events of a query, one line per step; with a cursor, those that
    /// ended after it.
    package func plan(
        _ query: EventQuery, endedAfter cursor: EventCursor? = nil
    ) throws(StoreError) -> [String] {
        try doing("plan a query") { db in
            let order = cursor.map { EventSelection.Order.ended(after: $0.order) } ?? .onset
            return try EventSelection(query, order, in: db).plan(db)
        }
    }

    /// Throws `.unreadable` if nothing that is written from now on would be seen.
    func checkChanges(action: String) throws(StoreError) {
        guard isImmutable else { return }
        throw StoreError(
            .unreadable, path: path, action: action,
            underlying: "its -wal and -shm files are missing; start monitord to make them")
    }

    /// Reads in one transaction and gives errors a kind.
    func doing<Result>(
        _ action: String, _ body: (Database) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try queue.read(body)
        } catch {
            throw StoreError(reading: error, path: path, action: action)
        }
    }
}

/// A place in the order in which events ended.
public struct EventCursor: Sendable, Hashable {
    /// Before the first event that ends.
    public static let beginning = EventCursor(order: 0)

    let order: Int64
}

/// Events that have ended, and the place up to which they were read.
public struct EndedEvents: Sendable, Hashable {
    public let events: [SoundEvent]
    public let cursor: EventCursor
}

extension EventReader {
    private static func open(_ path: String) throws -> (DatabaseQueue, isImmutable: Bool) {
        let configuration = Connection.reader()
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return (queue, false)
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
            && !fileExists(path + "-wal")
        {
            let queue = try DatabaseQueue(
                path: immutableURI(path), configuration: configuration)
            return (queue, true)
        }
    }

    /// Escapes whatever has a meaning in a URI, byte by byte.
    private static func immutableURI(_ path: String) -> String {
        let plain = path.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return "file:\(plain.joined())?immutable=1"
    }

    private static func checkSchema(_ db: Database, path: String, action: String) throws {
        let found = try Schema.version(of: db)
        let known = Schema.current.version
        guard found <= known else {
            throw StoreError(
                .newerSchema(found: found, known: known), path: path, action: action)
        }
        guard found == known else {
            throw StoreError(
                .olderSchema(found: found, needed: known), path: path, action: action)
        }
    }

    /// The end of `event_ended`; 0 before the first event has ended.
    private static func lastEnd(_ db: Database) throws -> Int64 {
        let sql = "SELECT max(ended_order) FROM event WHERE ended_order IS NOT NULL"
        return try Int64.fetchOne(db, sql: sql) ?? 0
    }
}
