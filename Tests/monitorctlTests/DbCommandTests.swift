import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct DbCommandTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let product: BuiltProduct
    private let onset = UTCTime(microseconds: 1_795_366_800_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
        let store = try EventStore(path: path)
        try store.write([event(1), event(2, days: 10)])
        try store.close()
    }

    private func event(_ id: Int64, days: Double = 0) -> StoreChange {
        let start = onset.adding(seconds: days * Retention.day)
        return .event(
            SoundEvent(
                id: id, source: "mic", label: "dog", onset: start,
                heardUntil: start.adding(seconds: 1), peakConfidence: 0.9, meanConfidence: 0.8,
                status: .complete))
    }

    private func run(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(["db"] + arguments + ["--database", path])
    }

    @Test func aBackupIsNamedAfterTheTime() throws {
        let output = try run(["backup", directory.path("")])
        #expect(output.status == 0)
        let copy = output.standardOutput.trimmingCharacters(in: .newlines)
        #expect(copy.contains(/\/events-20\d\d-\d\d-\d\d-\d{4}\.db$/), "\(copy)")
        #expect(output.standardError.contains("and checked the copy"))
        #expect(try EventReader(path: copy).events(EventQuery()).count == 2)
        let again = try run(["backup", copy])
        #expect(again.status == 73 && again.standardOutput.isEmpty)
        #expect(again.standardError.contains("--force replaces it"))
        #expect(try run(["backup", copy, "--force"]).status == 0)
    }

    @Test func aBackupIsRestored() throws {
        let copy = directory.path("copy.db")
        #expect(try run(["backup", copy]).status == 0)
        let store = try EventStore(path: path)
        try store.write([event(3)])
        let refused = try run(["restore", copy])
        #expect(refused.status == 75)
        #expect(refused.standardError.contains("another monitor"))
        try store.close()
        let output = try run(["restore", copy])
        #expect(output.status == 0)
        let aside = output.standardOutput.trimmingCharacters(in: .newlines)
        #expect(aside.hasPrefix(path + ".replaced-"))
        #expect(try EventReader(path: path).events(EventQuery()).count == 2)
        #expect(try EventReader(path: aside).events(EventQuery()).count == 3)
    }

    @Test func damageIsFound() throws {
        let whole = try run(["check"])
        #expect(whole.status == 0 && whole.standardError.isEmpty)
        #expect(whole.standardOutput.contains("no fault found"))
        #expect(try run(["check", "--quick"]).status == 0)
        // An index that lacks a row: the quick check does not see it.
        try sqlite(
            "PRAGMA writable_schema = ON; "
                + "UPDATE sqlite_schema SET sql = replace(sql, 'onset_us)', 'heard_until_us)') "
                + "WHERE name = 'event_onset'")
        #expect(try run(["check", "--quick"]).status == 0)
        let damaged = try run(["check"])
        #expect(damaged.status == 65)
        #expect(damaged.standardError.contains("is damaged"), "\(damaged.standardError)")
        let missing = try product.run(["db", "check", "--database", directory.path("none")])
        #expect(missing.status == 66)
    }

    private func sqlite(_ sql: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])", path,
            sql,
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func sizesAreListed() throws {
        let table = try run(["size"])
        #expect(table.status == 0)
        #expect(table.standardOutput.contains("events"))
        #expect(table.standardOutput.contains("the disk is full in"))
        let json = try run(["size", "--format", "json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8))
                as? [String: Any])
        let parts = try #require(object["parts"] as? [[String: Any]])
        let events = try #require(parts.first { $0["name"] as? String == "events" })
        let bytes = try #require(events["bytes"] as? Int64)
        #expect(events["bytes_per_day"] as? Int64 == bytes / 10)
        #expect(events["first"] as? String == onset.rfc3339)
        #expect(object["can_shrink"] as? Bool == true)
    }
}
