internal import Database
internal import Foundation
internal import GRDB
internal import SoundTypes
internal import Timekeeping

/// The row of a picture.
extension EventPicture {
    /// Inserts or replaces the row of this event.
    func save(to db: Database) throws {
        let sql = """
            INSERT OR REPLACE INTO event_picture (
              event_id, start_us, features, frames, labels, scores, frames_per_step, model,
              parameters, bytes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            eventID, start.microseconds, try JSONColumn.text(features), Data(frames),
            try JSONColumn.text(labels), Data(scores), framesPerStep, model,
            try JSONColumn.text(parameters), storedBytes,
        ])
    }

    /// What the bound on pictures counts.
    var storedBytes: Int64 { Int64(frames.count + scores.count) }

    /// The size of an event's picture; `nil` if there is none.
    static func storedBytes(ofEvent id: Int64, in db: Database) throws -> Int64? {
        let query = try db.cachedStatement(
            sql: "SELECT bytes FROM event_picture WHERE event_id = ?")
        return try Int64.fetchOne(query, arguments: [id])
    }

    /// The size of all pictures together. This reads the whole index of their sizes. `total`, since
    /// `sum` fails for sizes that only a damaged row has.
    static func allBytes(in db: Database) throws -> Int64 {
        let sql = "SELECT CAST(total(bytes) AS INTEGER) FROM event_picture"
        return try Int64.fetchOne(db, sql: sql) ?? 0
    }

    /// Removes the oldest pictures until this much has been freed, or none is left. Reads one row
    /// more than it removes.
    ///
    /// - Returns: how much was freed
    static func removeOldest(_ bytes: Int64, in db: Database) throws -> Int64 {
        guard bytes > 0 else { return 0 }
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT event_id, bytes FROM event_picture ORDER BY event_id"))
        var removed: Int64 = 0
        var last: Int64?
        while removed < bytes, let row = try rows.next() {
            let row = StoredRow(row, of: "event_picture")
            last = try row.value(0)
            // Whatever a damaged row says, it must not cause a trap.
            removed &+= try row.value(1)
        }
        try db.cachedStatement(sql: "DELETE FROM event_picture WHERE event_id <= ?")
            .execute(arguments: [last])
        return removed
    }

    static func fetch(_ db: Database, eventID: Int64) throws -> EventPicture? {
        let sql = """
            SELECT event_id, start_us, features, frames, labels, scores, frames_per_step, model,
              parameters
            FROM event_picture WHERE event_id = ?
            """
        guard let found = try Row.fetchOne(db, sql: sql, arguments: [eventID]) else { return nil }
        let row = StoredRow(found, of: "event_picture")
        let picture = EventPicture(
            eventID: eventID, start: UTCTime(microseconds: try row.value(1)),
            features: try row.object(2), frames: try row.bytes(3),
            labels: try row.object(4), scores: try row.bytes(5),
            framesPerStep: try row.value(6), model: try row.value(7),
            parameters: try row.object(8))
        return try row.naming {
            guard picture.isWhole else { throw RowFault("its parts make no picture") }
            return picture
        }
    }

    /// More than any picture holds.
    private static let longestSeconds = 60.0

    /// Whether there is at least one step, the lengths match each other, and the features and the
    /// parameters make sense. Lengths are divided, not multiplied: a damaged row may say anything.
    private var isWhole: Bool {
        guard features.fault == nil, parametersMakeSense, framesPerStep > 0, !labels.isEmpty,
            scores.count >= labels.count, scores.count % labels.count == 0,
            frames.count % features.bands == 0
        else { return false }
        let count = frames.count / features.bands
        return scores.count / labels.count <= count / framesPerStep
            && Double(count) * features.hopSeconds <= Self.longestSeconds
    }

    private var parametersMakeSense: Bool {
        let thresholds = [
            parameters.onThreshold, parameters.offThreshold, parameters.announceThreshold ?? 0,
        ]
        let seconds = [
            parameters.announceSeconds, parameters.smoothingSeconds,
            parameters.minimumDurationSeconds,
            parameters.mergeGapSeconds, parameters.maximumDurationSeconds,
        ]
        return thresholds.allSatisfy { (0...1).contains($0) }
            && seconds.allSatisfy { $0 >= 0 && $0.isFinite }
    }
}
