import Database
import EventStore
import GRDB
import SoundTypes
import TestSupport
import Timekeeping

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
