import EventStore
import Foundation
import GRDB
import LevelTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct LevelReadingTests {
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

    private func write(_ records: [LevelRecord], source: String = "mic") throws {
        try store.write(records.map { .level(source: source, $0) })
    }

    private func levels(_ seconds: [Int], source: String = "mic") throws -> [LevelPeriod] {
        try reader.levels(source: source, boundaries: seconds.map { time($0) })
    }

    private func period(_ start: Int, _ end: Int) throws -> LevelPeriod {
        try #require(try levels([start, end]).first)
    }

    /// Three hours of a street in batches of any size, with gaps, queried while being written:
    /// every answer matches that of a ledger that adds up all records.
    @Test func anyPeriodsAreTheSumsOfTheirSeconds() throws {
        let seed: UInt64 = 31
        print("periods: seed \(seed)")
        var random = SeededRandom(seed: seed)
        var street = Street(seed: seed)
        var ledger = LevelLedger()
        var second = 1_000
        while second < 11_000 {
            var batch: [LevelRecord] = []
            for _ in 0..<Int.random(in: 1...400, using: &random) {
                let record = street.record(second)
                ledger.records.append((second, record))
                batch.append(record)
                second += Int.random(in: 0..<100, using: &random) == 0 ? 90 : 1
            }
            try write(batch)
            let bounds = (0..<6).map { _ in Int.random(in: 0..<12_000, using: &random) }.sorted()
            // Most boundaries are round, and some fall between two seconds.
            let units = [1, 60, 900, 3_600].randomElement(using: &random) ?? 1
            let boundaries = bounds.map { bound in
                Bool.random(using: &random)
                    ? time(bound / units * units) : time(bound).adding(seconds: 0.3)
            }.sorted()
            let periods = try reader.levels(source: "mic", boundaries: boundaries)
            #expect(periods.count == boundaries.count - 1)
            for period in periods {
                expectSame(period, ledger.period(from: period.start, to: period.end))
            }
        }
        let day = try reader.levels(source: "mic", boundaries: [time(-3_600), time(86_400)])
        expectSame(
            try #require(day.first), ledger.period(from: time(-3_600), to: time(86_400)))
    }

    @Test func secondsThatFollowOnOneAnotherAreOnePeriodEach() throws {
        try write((0..<100).map { record($0, level: -90 + Double($0) / 2) })
        let periods = try levels(Array(0...100))
        #expect(periods.count == 100)
        for (index, period) in periods.enumerated() {
            #expect(period.coverage == 1)
            let laeq = try #require(period.summary.laeq)
            #expect(abs(laeq - (30 + Double(index) / 2)) < 1e-5)
            #expect(period.histogram == LevelHistogram())
        }
    }

    /// A gap lowers the coverage but leaves the level alone.
    @Test func aGapIsNoSilence() throws {
        try write((0..<600).map { record($0) } + (3_000..<3_600).map { record($0) })
        let hour = try period(0, 3_600)
        #expect(abs(hour.coverage - 1.0 / 3) < 1e-9)
        #expect(abs(try #require(hour.summary.laeq) - 60) < 1e-5)
        #expect(hour.histogram.count == 120_000)
        let nothing = try period(1_000, 2_000)
        #expect(nothing.coverage == 0)
        #expect(nothing.state == nil)
        #expect(nothing.summary == LevelSummary())
        #expect(try levels([100]).isEmpty && levels([]).isEmpty)
        #expect(try levels([600, 0]).first?.coverage == 0)
    }

    /// The newest second counts at once, and so does the histogram of a minute that is not full.
    @Test func theOpenMinuteCounts() throws {
        for second in 0..<200 {
            try write([record(second)])
            let hour = try period(0, 3_600)
            #expect(abs(hour.summary.seconds - Double(second + 1)) < 1e-6)
            #expect(hour.histogram.count == 100 * (second + 1))
            #expect(try reader.levelRange(source: "mic")?.last == time(second))
        }
        // Cut by a boundary: its seconds count, its histogram does not.
        let part = try period(60, 190)
        #expect(part.summary.seconds == 130)
        #expect(part.histogram.count == 12_000)
        // Nothing follows the boundary yet, as when one asks for the levels until now.
        for end in [200, 201, 239] {
            let now = try period(180, end)
            #expect(now.summary.seconds == 20)
            #expect(now.histogram.count == 2_000, "\(end)")
        }
    }

    @Test func theEndsOfTimeAreAccepted() throws {
        try write([record(0)])
        let all = [UTCTime(microseconds: .min), UTCTime(microseconds: .max)]
        #expect(try reader.levels(source: "mic", boundaries: all).first?.summary.seconds == 1)
        let loudest = try reader.loudestSecond(source: "mic", since: all[0], until: all[1])
        #expect(loudest?.time == time(0))
    }

    // MARK: Scales

    @Test func levelsOfTwoScalesAddUpAsSoundPressure() throws {
        let other = LevelScale(fullScaleDecibels: 110, state: .indicative, correction: "umik")
        try write((0..<60).map { record($0, level: -60) })
        try write((60..<120).map { record($0, level: -50, scale: other) })
        let both = try period(0, 120)
        #expect(both.state == .indicative)
        #expect(both.leftOutSeconds == 0)
        #expect(both.summary.seconds == 120)
        #expect(abs(try #require(both.summary.laeq) - 60) < 1e-5)
        #expect(both.histogram.count == 12_000)
        #expect(both.histogram.entries.map(\.level) == [590, 600])
        let scales = try reader.scales(
            source: "mic", since: time(30), until: time(90).adding(seconds: 0.5))
        #expect(scales == [calibrated: 30, other: 31])
        #expect(try reader.scales(source: "mic", since: time(0), until: time(60)).count == 1)
        #expect(try levels([0, 60, 120]).map(\.state) == [.calibrated, .indicative])
    }

    @Test func uncalibratedSecondsAreLeftOutBesideOthers() throws {
        try write((0..<30).map { record($0, level: -20, scale: .relative) })
        try write((30..<60).map { record($0, level: -60) })
        let both = try period(0, 60)
        #expect(both.state == .calibrated)
        #expect(both.summary.seconds == 30)
        #expect(both.leftOutSeconds == 30)
        #expect(abs(try #require(both.summary.laeq) - 60) < 1e-5)
        let relative = try period(0, 30)
        #expect(relative.state == .uncalibrated)
        #expect(relative.leftOutSeconds == 0)
        #expect(abs(try #require(relative.summary.laeq) + 20) < 1e-5)
        // The loudest of the sound pressure levels, not of all numbers.
        let loudest = try reader.loudestSecond(source: "mic", since: time(0), until: time(60))
        #expect(loudest?.time == time(30))
    }

    /// 16 kHz has room for 28 bands.
    @Test func bandsAreThoseThatAllPartsHave() throws {
        let rate = try #require(SampleRate(hertz: 16_000))
        try write((0..<60).map { record($0, samples: 16_000, rate: rate, bands: 28) })
        try write((60..<120).map { record($0) })
        let counts = try levels([0, 60, 120]).map(\.summary.bandExposures.count)
        #expect(counts == [28, 33])
        let both = try period(0, 120)
        #expect(both.summary.seconds == 120)
        #expect(both.summary.bandExposures.count == 28)
        #expect(abs(both.summary.thirdOctaveLevels[0] - 60) < 0.03)
    }

    // MARK: Sources

    @Test func sourcesAreKeptApart() throws {
        #expect(try reader.levelSources() == [])
        #expect(try reader.levelRange(source: "mic") == nil)
        try write([record(0)])
        try write([record(70, level: -40), record(130)], source: "garden")
        try store.write([.event(event(1, source: "attic"))])
        #expect(try reader.levelSources() == ["garden", "mic"])
        let range = try #require(try reader.levelRange(source: "garden"))
        #expect(range.first == time(70) && range.last == time(130))
        #expect(try reader.levelRange(source: "attic") == nil)
        #expect(try levels([0, 3_600], source: "attic").first?.state == nil)
        #expect(try period(0, 3_600).summary.seconds == 1)
    }

    /// Every second of a street is found as the loudest of some period.
    @Test func theLoudestSecondIsFound() throws {
        var street = Street(seed: 7)
        let records = (100..<9_100).map { street.record($0) }
        try write(records)
        var random = SeededRandom(seed: 8)
        for _ in 0..<40 {
            let start = Int.random(in: 0..<9_000, using: &random)
            let end = Int.random(in: (start + 1)...9_200, using: &random)
            let expected = records.filter { $0.start >= time(start) && $0.start < time(end) }
                .compactMap(\.summary.lafMaximum).max()
            let found = try reader.loudestSecond(
                source: "mic", since: time(start), until: time(end))
            guard let found, let expected else {
                #expect(found == nil && expected == nil)
                continue
            }
            #expect(abs(found.level - (expected + 120)) <= 0.026)
            let second = Int(found.time.seconds(since: time(0)))
            let level = try #require(records[second - 100].summary.lafMaximum)
            #expect(abs(found.level - (level + 120)) <= 0.026)
        }
    }
}
