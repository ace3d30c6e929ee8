import EventStore
import LevelTypes
import TestSupport
import Testing
import Timekeeping

/// Seconds and minutes of levels, one after the other.
@Suite struct LevelOrderTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let store: EventStore

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
    }

    private func seconds(
        _ since: UTCTime, _ until: UTCTime, withBands: Bool = true
    ) throws -> [LevelRecord] {
        var found: [LevelRecord] = []
        try EventReader(path: path).forEachLevelSecond(
            source: "mic", since: since, until: until, withBands: withBands
        ) { found.append($0) }
        return found
    }

    private func minutes(
        _ since: Int, _ until: Int
    ) throws -> [(start: UTCTime, histogram: LevelHistogram, scale: LevelScale)] {
        var found: [(start: UTCTime, histogram: LevelHistogram, scale: LevelScale)] = []
        try EventReader(path: path).forEachMinuteHistogram(
            source: "mic", since: time(since), until: time(until)
        ) { found.append($0) }
        return found
    }

    /// The same as a period of a second each, with and without bands.
    @Test func everySecondIsAsItWasStored() throws {
        var street = Street(seed: 7)
        let records = (0..<4_000).filter { $0 % 500 != 9 }.map { street.record($0) }
        try store.write(records.map { .level(source: "mic", $0) })
        let found = try seconds(time(0), time(4_000))
        #expect(found.map(\.start) == records.map(\.start))
        #expect(found.map(\.samples) == records.map(\.samples))
        #expect(found.allSatisfy { $0.scale == calibrated && $0.histogram.count == 0 })
        let periods = try EventReader(path: path).levels(
            source: "mic", boundaries: (0...4_000).map { time($0) })
        let expected = periods.filter { $0.coverage > 0 }.map(\.summary)
        #expect(found.map { $0.summary.amplified(byDecibels: 120) } == expected)
        let plain = try seconds(time(0), time(4_000), withBands: false)
        #expect(plain.allSatisfy { $0.summary.bandExposures.isEmpty })
        #expect(
            zip(plain, found).allSatisfy { plain, found in
                var summary = found.summary
                summary.bandExposures = []
                return plain.summary == summary
            })
    }

    /// A rate at which there are no bands.
    @Test func aSecondWithoutBandsIsRead() throws {
        try store.write([
            .level(source: "mic", record(1, bands: 0)), .level(source: "mic", record(2, bands: 1)),
        ])
        #expect(try seconds(time(0), time(9), withBands: false).count == 2)
        #expect(try seconds(time(0), time(9)).map(\.summary.bandExposures.count) == [0, 1])
    }

    @Test func theBoundsAreExact() throws {
        try store.write((0..<10).map { .level(source: "mic", record($0)) })
        let found = try seconds(evening.adding(seconds: 1.5), evening.adding(seconds: 4.5))
        #expect(found.map(\.start) == [2, 3, 4].map { time($0) })
        let all = try seconds(UTCTime(microseconds: .min), UTCTime(microseconds: .max))
        #expect(all.count == 10)
        #expect(try seconds(time(5), time(5)).isEmpty)
        #expect(try seconds(time(9), time(5)).isEmpty)
    }

    /// A calibration in between: rows of two measurements, in order.
    @Test func scalesMayChange() throws {
        let other = LevelScale(fullScaleDecibels: 118, state: .calibrated)
        let records = (0..<9_000).map { second in
            record(second, scale: second / 2_500 % 2 == 1 ? other : calibrated)
        }
        try store.write(
            records.map { .level(source: "mic", $0) } + [.level(source: "yard", record(5))])
        try store.write([.level(source: "mic", record(100, scale: other))])
        let found = try seconds(time(0), time(9_000))
        let starts = (Array(0..<9_000) + [100]).sorted().map { time($0) }
        #expect(found.map(\.start) == starts)
        let scales = Dictionary(grouping: found, by: \.scale).mapValues(\.count)
        #expect(scales == [calibrated: 5_000, other: 4_001])
    }

    @Test func everyMinuteHasItsHistogram() throws {
        try store.write(
            [0, 59, 60, 130, 7_200].map { .level(source: "mic", record($0)) }
                + [.level(source: "mic", record(90_000, scale: .relative))])
        let found = try minutes(0, 100_000)
        #expect(found.map(\.start) == [0, 60, 120, 7_200, 90_000].map { time($0) })
        #expect(found.map(\.histogram.count) == [200, 100, 100, 100, 100])
        #expect(found.map(\.scale) == [calibrated, calibrated, calibrated, calibrated, .relative])
        #expect(found[1].histogram == record(60).histogram)
        #expect(try minutes(1, 120).map(\.start) == [time(60)])
    }
}
