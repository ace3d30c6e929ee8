import Database
import EventStore
import Foundation
import GRDB
import LevelTypes
import TestSupport
import Testing

@Suite struct RollUpTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func rollUps(_ path: String) throws -> [Row] {
        try inside(path) { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM level_rollup ORDER BY measurement, length, start")
        }
    }

    private func openMinutes(_ path: String) throws -> Int? {
        try inside(path) { try Int.fetchOne($0, sql: "SELECT count(*) FROM level_open") }
    }

    /// Two hours from two sources, part of them twice, and a change of scale.
    private func writeStreets(_ store: EventStore) throws {
        for (source, seed) in [("mic", UInt64(3)), ("garden", 4)] {
            var street = Street(seed: seed)
            for start in [0, 2_500, 1_700, 5_000] {
                if start == 5_000 { street.scale = .relative }
                try store.write(
                    (start..<(start + 2_000)).map {
                        .level(source: source, street.record($0))
                    })
            }
        }
    }

    @Test func rollUpsThatAreMadeAgainAreTheSame() throws {
        let first = try EventStore(path: path)
        try writeStreets(first)
        try first.close()
        #expect(try openMinutes(path) == 4)
        let store = try EventStore(path: path)
        #expect(try openMinutes(path) == 0)
        let before = try rollUps(path)
        #expect(before.count > 150)
        try inside(path) { db in
            try db.execute(sql: "DELETE FROM level_rollup WHERE start % 1800 = 0")
        }
        try store.rebuildRollups()
        #expect(try rollUps(path) == before)
        // Even while a minute is open.
        try store.write([.level(source: "mic", record(7_000, scale: .relative))])
        try store.rebuildRollups()
        let after = try rollUps(path)
        #expect(after.count == before.count)
        try store.write([.level(source: "mic", record(7_200, scale: .relative))])
        #expect(try rollUps(path) == after)
    }

    /// After a power cut the next monitor rolls up whatever was open; until then the reader does
    /// without.
    @Test func whatWasOpenIsRolledUpByTheNextMonitor() throws {
        let store = try EventStore(path: path)
        try store.write((0..<130).map { .level(source: "mic", record($0)) })
        let copy = directory.path("copy.db")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        let bounds = [time(0), time(3_600)]
        let before = try EventReader(path: copy).levels(source: "mic", boundaries: bounds)
        #expect(before.first?.summary.seconds == 130)
        #expect(try rollUps(copy).map { $0["start"] as Int64 % 3_600 } == [0, 60, 0, 0])
        try EventStore(path: copy).close()
        let seconds = try rollUps(copy).map { $0["samples"] as Int64 / 48_000 }
        #expect(seconds == [60, 60, 10, 130, 130])
        let after = try EventReader(path: copy).levels(source: "mic", boundaries: bounds)
        #expect(after.first?.histogram == before.first?.histogram)
        #expect(after.first?.summary.seconds == 130)
    }

    /// A transaction that fails leaves the second, its histogram and its roll-up as they were.
    @Test func aBatchThatFailsLeavesNoTrace() throws {
        let store = try EventStore(path: path)
        let reader = try EventReader(path: path)
        let bounds = [time(0), time(60), time(120), time(3_600)]
        try store.write((0..<90).map { .level(source: "mic", record($0)) })
        let before = try reader.levels(source: "mic", boundaries: bounds)
        var wrong = record(150)
        wrong.summary.exposureA = .nan
        #expect(throws: StoreError.self) {
            try store.write(
                (80..<150).map { .level(source: "mic", record($0)) }
                    + [.level(source: "mic", wrong)])
        }
        #expect(try reader.levels(source: "mic", boundaries: bounds) == before)
        try store.write((90..<120).map { .level(source: "mic", record($0)) })
        let after = try reader.levels(source: "mic", boundaries: bounds)
        #expect(after.map(\.summary.seconds) == [60, 60, 0])
        #expect(after.map(\.histogram.count) == [6_000, 6_000, 0])
    }

    // MARK: Damage

    /// Whatever bytes are in a blob: an answer or a typed error, and no trap.
    @Test(arguments: [
        ("level_second", "data"), ("level_histogram", "data"), ("level_rollup", "data"),
        ("level_rollup", "histogram"),
    ])
    func damagedLevelsAreReported(_ table: String, _ column: String) throws {
        let seed: UInt64 = 99
        print("damage: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let store = try EventStore(path: path)
        let seconds = Array(0..<130) + [3_605]
        try store.write(seconds.map { .level(source: "mic", record($0)) })
        let reader = try EventReader(path: path)
        let sound = try #require(
            try inside(path) { db in
                try Data.fetchOne(
                    db, sql: "SELECT \(column) FROM \(table) WHERE \(column) IS NOT NULL")
            })
        let bounds = [0, 30, 60, 120, 900, 3_600, 7_200].map { time($0) }
        let queue = try DatabaseQueue(path: path)
        var damaged = 0
        for _ in 0..<400 {
            var bytes = sound
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes = bytes.prefix(Int.random(in: 1...bytes.count, using: &random))
            case 1: bytes.append(UInt8.random(in: 0...255, using: &random))
            default: bytes = Data((0..<Int.random(in: 1...160, using: &random)).map { _ in 0 })
            }
            for index in bytes.indices where Int.random(in: 0..<4, using: &random) == 0 {
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            try queue.writeWithoutTransaction {
                try $0.execute(sql: "UPDATE \(table) SET \(column) = ?", arguments: [bytes])
            }
            do throws(StoreError) {
                for bounds in [bounds, [time(0), time(3_600)]] {
                    _ = try reader.levels(source: "mic", boundaries: bounds)
                }
                _ = try reader.loudestSecond(source: "mic", since: time(0), until: time(3_600))
            } catch {
                #expect(error.kind == .damaged)
                #expect(error.description.contains("stored levels are damaged"))
                damaged += 1
            }
        }
        try queue.close()
        #expect(damaged > 100)
    }

    /// An absurd number in a column.
    @Test(arguments: [Int64.min, -1 << 50, 1 << 50, .max])
    func damagedNumbersAreReported(_ number: Int64) throws {
        let store = try EventStore(path: path)
        try store.write((0..<130).map { .level(source: "mic", record($0)) })
        for column in ["samples", "overload_samples", "stuck_samples"] {
            try inside(path) { db in
                try db.execute(sql: "UPDATE level_rollup SET \(column) = ?", arguments: [number])
            }
            do throws(StoreError) {
                _ = try EventReader(path: path).levels(
                    source: "mic", boundaries: [time(0), time(60)])
                Issue.record("\(number) in \(column) was read")
            } catch {
                #expect(error.kind == .damaged)
            }
            try store.rebuildRollups()
        }
        try inside(path) { db in
            try db.execute(
                sql: "UPDATE level_second SET missing_samples = ?", arguments: [number])
        }
        #expect(throws: StoreError.self) {
            try EventReader(path: path).levels(source: "mic", boundaries: [time(0), time(5)])
        }
    }
}
