import Database
import EventStore
import Foundation
import GRDB
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct LevelWritingTests {
    let directory: TemporaryDirectory
    let path: String
    let store: EventStore
    let reader: EventReader

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
        reader = try EventReader(path: path)
    }

    private func write(_ records: [LevelRecord]) throws {
        try store.write(records.map { .level(source: "mic", $0) })
    }

    private func second(_ second: Int) throws -> LevelSummary {
        try #require(
            try reader.levels(source: "mic", boundaries: [time(second), time(second + 1)]).first
        ).summary
    }

    // MARK: Extremes

    @Test func digitalSilenceStaysSilence() throws {
        var silent = record(0, scale: .relative)
        silent.summary = LevelSummary()
        silent.summary.seconds = 1
        silent.summary.bandExposures = [Double](repeating: 0, count: 33)
        silent.summary.fastMaximum = 0
        silent.summary.fastMinimum = 0
        silent.summary.stuckSeconds = 1
        silent.histogram = LevelHistogram(entries: [.init(level: -2_500, count: 100)])
        try write([silent])
        let found = try second(0)
        #expect(found == silent.summary)
        #expect(found.laeq == -.infinity && found.lafMaximum == -.infinity)
        // The time weighting S had not settled: unknown, which is not the same as silent.
        #expect(found.slowMaximum == nil)
        let minute = try reader.levels(source: "mic", boundaries: [time(0), time(60)])
        #expect(minute.first?.histogram == silent.histogram)
    }

    /// A level in dB relative to full scale, and how it comes back.
    @Test(
        arguments: [
            (24.6, 24.6), (24.7, 24.65), (60, 24.65), (0, 0), (-180, -180), (-180.02, -180),
            (-180.1, -.infinity), (-200, -.infinity),
        ] as [(Double, Double)])
    func levelsBeyondTheStepsEndAtTheirEnds(_ level: Double, _ expected: Double) throws {
        try write([record(0, level: level - 10 * log10(1.5), scale: .relative)])
        let found = try #require(try second(0).lafMaximum)
        #expect(found == expected || abs(found - expected) < 1e-9)
        // The exposures are not quantised.
        let laeq = try #require(try second(0).laeq)
        #expect(abs(laeq - (level - 10 * log10(1.5))) < 1e-6)
    }

    @Test(arguments: 0...33)
    func anyNumberOfBandsComesBack(_ count: Int) throws {
        try write([record(0, bands: count)])
        #expect(try second(0).bandExposures.count == count)
        try write([record(60, bands: count)])
        let minute = try reader.levels(source: "mic", boundaries: [time(0), time(60)])
        #expect(minute.first?.summary.bandExposures.count == count)
    }

    @Test func everyFlagComesBack() throws {
        let paths: [WritableKeyPath<LevelSummary, Double>] = [
            \.overloadSeconds, \.underrangeSeconds, \.stuckSeconds,
        ]
        for bits in 0..<8 {
            var flagged = record(bits, samples: 24_000)
            for (bit, path) in paths.enumerated() where bits >> bit & 1 == 1 {
                flagged.summary[keyPath: path] = 0.5
            }
            try write([flagged])
            let found = try second(bits)
            for path in paths {
                #expect(found[keyPath: path] == flagged.summary[keyPath: path])
            }
        }
        try write([record(60)])
        let minute = try reader.levels(source: "mic", boundaries: [time(0), time(60)])
        #expect(paths.map { minute.first?.summary[keyPath: $0] } == [2, 2, 2])
    }

    /// The number of samples in a second varies a little, because the clocks of device and system
    /// do.
    @Test func samplesAreCountedExactly() throws {
        for (second, samples) in [1, 47_999, 48_000, 48_001, 60_000].enumerated() {
            try write([record(second, samples: samples)])
            #expect(try self.second(second).seconds == Double(samples) / 48_000)
        }
        try write([record(10, samples: 0)])
        #expect(try second(10).seconds == 0)
    }

    // MARK: A clock that was set back

    @Test func aSecondThatIsThereAlreadyIsAddedTo() throws {
        try write([
            record(5, level: -60, samples: 30_000, scale: .relative),
            record(70, scale: .relative),
        ])
        var again = record(5, level: -50, scale: .relative)
        again.summary.overloadSeconds = 1
        try write([again, record(6, scale: .relative), record(71, scale: .relative)])
        let found = try second(5)
        #expect(abs(found.seconds - 78_000.0 / 48_000) < 1e-12)
        let expected = 1e-6 * 30_000 / 48_000 + 1e-5
        #expect(abs(found.exposureA / expected - 1) < 1e-6)
        let maximum = try #require(found.lafMaximum)
        #expect(abs(maximum - (-50 + 10 * log10(1.5))) <= 0.025)
        #expect(found.overloadSeconds > 0)
        // The minute has already been rolled up, and is rolled up again.
        let hour = try reader.levels(source: "mic", boundaries: [time(0), time(3_600)])
        let sum = try #require(hour.first)
        #expect(abs(sum.summary.seconds - (78_000.0 / 48_000 + 3)) < 1e-9)
        #expect(sum.histogram.count == 500)
    }

    /// The clock is set back and forth at random: no second is lost, whatever is rolled up when.
    @Test func secondsInAnyOrderAddUp() throws {
        let seed: UInt64 = 5
        print("order: seed \(seed)")
        var random = SeededRandom(seed: seed)
        var street = Street(seed: seed)
        var ledger = LevelLedger()
        for _ in 0..<150 {
            let start = Int.random(in: 0..<7_200, using: &random)
            var batch: [LevelRecord] = []
            for second in start..<(start + Int.random(in: 1...90, using: &random)) {
                let record = street.record(second)
                ledger.records.append((second, record))
                batch.append(record)
            }
            try write(batch)
        }
        let boundaries = [0, 900, 3_600, 3_660, 7_200].map { time($0) }
        for period in try reader.levels(source: "mic", boundaries: boundaries) {
            let expected = ledger.period(from: period.start, to: period.end)
            #expect(period.histogram == expected.histogram)
            #expect(abs(period.summary.seconds - expected.summary.seconds) < 1e-6)
            #expect(abs(period.summary.exposureA / expected.summary.exposureA - 1) < 1e-6)
            #expect(abs(period.summary.exposureZ / expected.summary.exposureZ - 1) < 1e-6)
        }
    }

    // MARK: Refusals

    @Test func whatNoMeterGivesIsRefused() throws {
        let changes: [(inout LevelRecord) -> Void] = [
            { $0.start = time(0).adding(seconds: 0.5) },
            { $0.start = UTCTime(microseconds: -60_000_000) },
            { $0.start = UTCTime(microseconds: .max / 1_000_000 * 1_000_000) },
            { $0.summary.exposureA = .nan },
            { $0.summary.exposureC = -1 },
            { $0.summary.exposureZ = .infinity },
            { $0.summary.fastMaximum = .nan },
            { $0.summary.peakC = .infinity },
            { $0.summary.bandExposures = [Double](repeating: 1, count: 34) },
            { $0.summary.bandExposures[3] = .nan },
            { $0.scale.fullScaleDecibels = .nan },
            { $0.histogram = LevelHistogram(entries: [.init(level: 0, count: .max)]) },
        ]
        for change in changes {
            var wrong = record(0)
            change(&wrong)
            do throws(StoreError) {
                try store.write([.level(source: "mic", record(9)), .level(source: "mic", wrong)])
                Issue.record("stored: \(wrong)")
            } catch {
                #expect(error.kind == .invalidValue)
            }
        }
        #expect(try reader.levelSources() == [])
    }

    @Test func aScaleIsStoredOnce() throws {
        let scales = [
            calibrated, .relative,
            LevelScale(fullScaleDecibels: 120, state: .calibrated, correction: ""),
            LevelScale(fullScaleDecibels: 120, state: .calibrated, correction: "umik"),
            LevelScale(fullScaleDecibels: 120, state: .indicative),
        ]
        for second in 0..<3 {
            try write(scales.map { record(second, scale: $0) })
        }
        try inside(path) { (db) throws in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM scale") == 5)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM measurement") == 5)
            #expect(throws: DatabaseError.self) {
                try db.execute(sql: "INSERT INTO scale VALUES (99, 120, 'calibrated', NULL)")
            }
        }
    }

    // MARK: Levels of events

    @Test func anEventKeepsItsLevels() throws {
        let levels = [
            EventLevels(
                seconds: 1.23, exposureA: 3.21e-7, fastMaximum: 8.7e-7, background: 1.1e-9,
                scale: calibrated),
            EventLevels(
                seconds: 0.04, exposureA: 0, fastMaximum: 0, background: nil, scale: .relative),
            EventLevels(
                seconds: 0, exposureA: 0, fastMaximum: 0, background: 0,
                scale: LevelScale(fullScaleDecibels: 94.1, state: .indicative, correction: "c")),
        ]
        var events = levels.enumerated().map { index, levels in
            var event = event(Int64(index + 1), at: Double(index))
            event.levels = levels
            return event
        }
        events.append(event(4, at: 4))
        try store.write(events.map { .event($0) })
        let found = try reader.events(EventQuery())
        #expect(found.map(\.levels?.scale) == levels.map(\.scale) + [nil])
        for (found, levels) in zip(found, levels) {
            let stored = try #require(found.levels)
            #expect(stored.seconds == levels.seconds)
            for path in [\EventLevels.laeq, \.lae, \.lafMaximum, \.backgroundLevel] {
                switch (stored[keyPath: path], levels[keyPath: path]) {
                case (let left?, let right?): #expect(left == right || abs(left - right) < 1e-9)
                case (let left, let right): #expect(left == right)
                }
            }
        }
        // A later state may have others, or none.
        events[0].levels = nil
        try store.write([.event(events[0])])
        #expect(try reader.events(EventQuery()).first == events[0])
    }
}
