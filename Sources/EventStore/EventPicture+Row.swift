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
            eventID, start.microseconds, try Self.json(features), Data(frames),
            try Self.json(labels), Data(scores), framesPerStep, model, try Self.json(parameters),
            storedBytes,
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

    /// The size of all pictures together. This reads the whole index of their sizes.
    static func allBytes(in db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT coalesce(sum(bytes), 0) FROM event_picture") ?? 0
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
            last = row[0]
            // Whatever a damaged row says, it must not cause a trap.
            removed &+= row[1]
        }
        try db.cachedStatement(sql: "DELETE FROM event_picture WHERE event_id <= ?")
            .execute(arguments: [last])
        return removed
    }

    static func fetch(_ db: Database, eventID: Int64) throws -> EventPicture? {
        let sql = """
            SELECT start_us, features, frames, labels, scores, frames_per_step, model, parameters
            FROM event_picture WHERE event_id = ?
            """
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [eventID]) else { return nil }
        let picture = EventPicture(
            eventID: eventID, start: UTCTime(microseconds: row[0]),
            features: try value(row[1], "features"), frames: [UInt8](row[2] as Data),
            labels: try value(row[3], "labels"), scores: [UInt8](row[4] as Data),
            framesPerStep: row[5], model: row[6], parameters: try value(row[7], "parameters"))
        return try known(picture.isWhole ? picture : nil, "picture")
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

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func value<Value: Decodable>(_ text: String, _ column: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch is DecodingError {
            return try known(nil, column)
        }
    }
}
