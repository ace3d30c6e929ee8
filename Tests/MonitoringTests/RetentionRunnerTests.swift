import Dispatch
import Foundation
import LevelTypes
import Logging
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import EventStore
@testable import Monitoring

@Suite struct RetentionRunnerTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let log = TestLog()
    /// A whole hour.
    private let start = UTCTime(microseconds: 1_795_366_800_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func time(_ hour: Double) -> UTCTime { start.adding(seconds: 3_600 * hour) }

    /// A store with a second each minute of some hours, and an event each hour.
    private func store(hours: Int) throws -> EventStore {
        let store = try EventStore(path: path)
        for hour in 0..<hours {
            var changes: [StoreChange] = (0..<60).map { minute in
                var summary = LevelSummary()
                summary.seconds = 1
                summary.exposureA = 1e-6
                return .level(
                    source: "mic",
                    LevelRecord(
                        start: time(Double(hour) + Double(minute) / 60), samples: 48_000,
                        sampleRate: .hz48000, summary: summary, histogram: LevelHistogram(),
                        scale: LevelScale(fullScaleDecibels: 0, state: .uncalibrated)))
            }
            changes.append(
                .event(
                    SoundEvent(
                        id: Int64(hour + 1), source: "mic", label: "dog_bark",
                        onset: time(Double(hour)), heardUntil: time(Double(hour) + 0.01),
                        peakConfidence: 0.9, meanConfidence: 0.5, status: .complete)))
            try store.write(changes)
        }
        return store
    }

    private func expire(
        _ retention: Retention, in store: EventStore, now: UTCTime
    ) async {
        let writer = StoreWriter(store: store, logger: log.logger, retrySeconds: 0.01)
        await RetentionRunner(retention: retention, writer: writer, logger: log.logger)
            .removeExpired(now: now)
        #expect(await writer.close().isEmpty)
    }

    @Test func eachKindByItsAge() async throws {
        let retention = Retention(seconds: [.seconds: 2 * Retention.day, .events: 200 * 3_600])
        await expire(retention, in: try store(hours: 250), now: time(250))
        let reader = try EventReader(path: path)
        #expect(try reader.events(EventQuery(limit: 1_000)).map(\.id).min() == 51)
        let boundaries = [time(0), time(1), time(201.5), time(202)]
        let levels = try reader.levels(source: "mic", boundaries: boundaries)
        #expect(levels.map(\.summary.seconds) == [60, 12_030, 30])
        var seconds: [UTCTime] = []
        try reader.forEachLevelSecond(
            source: "mic", since: time(0), until: time(250), withBands: false
        ) { seconds.append($0.start) }
        #expect(seconds.first == time(202) && seconds.count == 48 * 60)
    }

    /// A day of seconds is more than one step may remove, and the steps grow and rest.
    @Test func theOldestSecondsGoWhenTheDatabaseIsTooLarge() async throws {
        let store = try store(hours: 250)
        let used = try store.size().used
        let limit = used - 400_000
        await expire(Retention(seconds: [:], bytes: limit), in: store, now: time(250))
        let reader = try EventReader(path: path)
        let again = try EventStore(path: path)
        #expect(try again.size().used <= limit)
        let oldest = try #require(try again.oldestSecond())
        #expect(oldest > time(50) && oldest < time(200))
        #expect(try reader.events(EventQuery(limit: 1_000)).count == 250)
        try again.close()
    }

    @Test func theLastDayStays() async throws {
        let store = try store(hours: 30)
        await expire(Retention(seconds: [:], bytes: 100_000), in: store, now: time(30))
        let again = try EventStore(path: path)
        #expect(try again.oldestSecond() == time(6))
        try again.close()
        #expect(log.count("100000 are wanted") == 1, "\(log.text)")
    }

    @Test func stepsTakeAsLongAsTheyMay() {
        #expect(RetentionRunner.nextLimit(100, .milliseconds(1)) == 200)
        #expect(RetentionRunner.nextLimit(100, .milliseconds(30)) == 50)
        #expect(RetentionRunner.nextLimit(100, .seconds(3)) == 10)
        #expect(RetentionRunner.nextLimit(1_500, .microseconds(1)) == 2_000)
        #expect(RetentionRunner.nextLimit(100, .zero) == 200)
    }

    @Test func aClockThatIsSetIsNotSteady() {
        var clock = SteadyClock(now: time(0), monotonicNanoseconds: 5)
        let hour: Int64 = 3_600_000_000_000
        #expect(
            clock.steadyTime(now: time(1), monotonicNanoseconds: 5 + hour) == .seconds(3_600))
        // Ten years later within an hour.
        #expect(
            clock.steadyTime(now: time(87_600), monotonicNanoseconds: 5 + 2 * hour) == .zero)
        #expect(
            clock.steadyTime(now: time(87_601), monotonicNanoseconds: 5 + 3 * hour)
                == .seconds(3_600))
        // Adjusted by a second each hour.
        #expect(
            clock.steadyTime(
                now: time(87_602).adding(seconds: 1), monotonicNanoseconds: 5 + 4 * hour)
                == .seconds(7_200))
        #expect(clock.steadyTime(now: time(0), monotonicNanoseconds: 5 + 5 * hour) == .zero)
    }
}
