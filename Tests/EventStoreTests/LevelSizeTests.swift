import EventStore
import Foundation
import GRDB
import LevelTypes
import TestSupport
import Testing
import Timekeeping

/// What levels cost on disk, and in time to read.
@Suite struct LevelSizeTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func size(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    /// Seconds, histograms and roll-ups of one source at 48 kHz.
    @Test func aDayTakesAtMostTenMegabytes() throws {
        let seed: UInt64 = 20_261_122
        print("day: seed \(seed)")
        var street = Street(seed: seed)
        // Half an hour, over and over: rows do not depend on their neighbours.
        let records = (0..<1_800).map { street.record($0) }
        var store = try EventStore(path: path)
        for start in stride(from: 0, to: 86_400, by: records.count) {
            try store.write(
                records.map { record in
                    var record = record
                    record.start = record.start.adding(seconds: Double(start))
                    return .level(source: "mic", record)
                })
        }
        try store.close()
        store = try EventStore(path: path)
        try store.close()
        let bytes = try size(path)
        print("a day of levels: \(bytes) bytes")
        #expect(bytes <= 10_000_000)
        let tables = try inside(path) { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT 'second', count(*) AS rows, sum(length(data)) AS bytes
                    FROM level_second
                    UNION ALL SELECT 'histogram', count(*), sum(length(data)) FROM level_histogram
                    UNION ALL SELECT 'rollup', count(*),
                      sum(length(data) + coalesce(length(histogram), 0)) FROM level_rollup
                    """)
        }
        print(tables)
        #expect(tables.map { $0["rows"] as Int } == [86_400, 1_440, 1_440 + 96 + 24])
    }

    /// One transaction per second, as the monitor writes: what goes through the log.
    @Test func aSecondWritesFewPages() throws {
        var street = Street(seed: 1)
        let store = try EventStore(path: path)
        // So that the log does not start over.
        try store.write((0..<3_000).map { .level(source: "mic", street.record($0)) })
        let before = try size(path + "-wal")
        for second in 3_000..<3_180 {
            try store.write([.level(source: "mic", street.record(second))])
        }
        let bytes = (try size(path + "-wal") - before) / 180
        print("the log of a second: \(bytes) bytes")
        #expect(bytes > 0 && bytes < 20_000)
    }

    /// A year of roll-ups, all copies of those of one hour, and a few hours of seconds.
    @Test func longPeriodsAreReadFast() throws {
        var street = Street(seed: 2)
        let store = try EventStore(path: path)
        try store.write((0..<10_800).map { .level(source: "mic", street.record($0)) })
        try store.close()
        try inside(path) { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE n(value) AS
                      (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?)
                    INSERT INTO level_histogram SELECT 1, minute + 10800 + value * 60, data
                    FROM n JOIN level_histogram
                    WHERE measurement = 1 AND minute = 1795366800
                    """, arguments: [1_500])
            for (length, count) in [(60, 1_500), (900, 366 * 96), (3_600, 366 * 24)] {
                try db.execute(
                    sql: """
                        WITH RECURSIVE n(value) AS
                          (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2)
                        INSERT INTO level_rollup
                        SELECT 1, length, start + 10800 + value * ?1, samples, overload_samples,
                          underrange_samples, stuck_samples, data, histogram
                        FROM n JOIN level_rollup
                        WHERE measurement = 1 AND length = ?1 AND start = 1795366800
                        """, arguments: [length, count])
            }
        }
        let reader = try EventReader(path: path)
        func ask(_ length: Int, _ count: Int, from start: Int) throws -> Duration {
            let bounds = (0...count).map { evening.adding(seconds: Double(start + $0 * length)) }
            return try processorTime {
                let periods = try reader.levels(source: "mic", boundaries: bounds)
                #expect(periods.count == count)
                #expect(periods.allSatisfy { $0.coverage > 0 })
                #expect(periods.allSatisfy { ($0.histogram.count > 0) == (length >= 60) })
            }
        }
        let year = try ask(86_400, 365, from: 14_400)
        let week = try ask(3_600, 168, from: 14_400)
        let halfHours = try ask(86_400, 7, from: 14_400 + 1_800)
        let minutes = try ask(60, 1_440, from: 14_400)
        let seconds = try ask(1, 10_000, from: 0)
        print("a year by day \(year), a week by hour \(week), from the half hour \(halfHours),")
        print("a day by minute \(minutes), 10 000 seconds \(seconds)")
        // A debug build; optimised code takes a fortieth of it.
        #expect(year < .seconds(20))
        #expect(week < .seconds(2))
        #expect(seconds < .seconds(10))
    }

    /// A month must be read in seconds: here ten thousand seconds, again and again.
    @Test func secondsAreReadInOrderFast() throws {
        var street = Street(seed: 3)
        let store = try EventStore(path: path)
        try store.write((0..<10_000).map { .level(source: "mic", street.record($0)) })
        try store.close()
        let reader = try EventReader(path: path)
        func read(withBands: Bool) throws -> Duration {
            var count = 0
            let spent = try processorTime {
                for _ in 0..<10 {
                    try reader.forEachLevelSecond(
                        source: "mic", since: time(0), until: time(10_000), withBands: withBands
                    ) { count += $0.summary.exposureA > 0 ? 1 : 0 }
                }
            }
            #expect(count == 100_000)
            return spent
        }
        let (plain, whole) = (try read(withBands: false), try read(withBands: true))
        print("100 000 seconds in order \(plain), with bands \(whole)")
        #expect(plain < .seconds(20))
    }
}
