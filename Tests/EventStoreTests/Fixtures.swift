import Database
import GRDB
import GRDBSQLite
import SoundTypes
import TestSupport
import Timekeeping

@testable import EventStore

/// 2026-11-22T17:00:00Z
let evening = UTCTime(microseconds: 1_795_366_800_000_000)

func event(
    _ id: Int64, part: Int = 1, source: String = "mic", label: String = "dog",
    at seconds: Double = 0, for duration: Double = 1, confidence: Double = 0.9,
    _ status: SoundEvent.Status = .complete
) -> SoundEvent {
    SoundEvent(
        id: id, part: part, source: source, label: label, onset: evening.adding(seconds: seconds),
        heardUntil: evening.adding(seconds: seconds + duration), peakConfidence: confidence,
        meanConfidence: confidence / 2, status: status)
}

/// A look into the file that bypasses the room under test.
func inside<Value>(_ path: String, _ body: (Database) throws -> Value) throws -> Value {
    let queue = try DatabaseQueue(path: path)
    let value = try queue.writeWithoutTransaction(body)
    try queue.close()
    return value
}

/// The error that opening a database for writing ends with.
func openingError(_ path: String) -> StoreError? {
    do throws(StoreError) {
        try EventStore(path: path).close()
        return nil
    } catch {
        return error
    }
}

/// The error that opening a database for reading ends with.
func readingError(_ path: String) -> StoreError? {
    do throws(StoreError) {
        _ = try EventReader(path: path)
        return nil
    } catch {
        return error
    }
}

/// How many instructions SQLite runs for what is done with a store (sqlite.org/opcode.html).
func instructions(of store: EventStore, _ body: () throws -> Void) throws -> Int {
    final class Counter { var value = 0 }
    let counter = Counter()
    try withExtendedLifetime(counter) {
        try store.queue.writeWithoutTransaction { db in
            sqlite3_progress_handler(
                db.sqliteConnection, 1,
                { counter in
                    Unmanaged<Counter>.fromOpaque(counter!).takeUnretainedValue().value += 1
                    return 0
                }, Unmanaged.passUnretained(counter).toOpaque())
        }
        try body()
        try store.queue.writeWithoutTransaction { db in
            sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil)
        }
    }
    return counter.value
}
