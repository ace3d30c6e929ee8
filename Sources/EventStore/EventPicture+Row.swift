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
            frames.count + scores.count,
        ])
    }

    /// Removes the oldest pictures, so that the others take no more than so many bytes.
    static func keep(_ bytes: Int64, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM event_picture WHERE event_id IN (
                  SELECT event_id FROM (
                    SELECT event_id, sum(bytes) OVER (ORDER BY event_id DESC) AS total
                    FROM event_picture)
                  WHERE total > ?)
                """, arguments: [bytes])
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

    /// Whether there is a step, the lengths fit each other, and the features make sense.
    private var isWhole: Bool {
        guard features.bands > 0, features.floor > 0, features.hopSeconds > 0,
            features.lowHertz >= 0, features.lowHertz < features.highHertz, framesPerStep > 0,
            !labels.isEmpty, scores.count >= labels.count
        else { return false }
        let steps = scores.count / labels.count
        return frames.count % features.bands == 0 && scores.count % labels.count == 0
            && steps * framesPerStep <= frames.count / features.bands
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
