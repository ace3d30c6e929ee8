import Database
import Foundation
import LevelTypes
import Logging
import SoundTypes
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import EventStore
@testable import Monitoring

/// What retention costs where there is much to remove: a database of a year, which
/// `Tests/Endurance/year` makes.
@Suite struct RetentionYearTests {
    private static let path = ProcessInfo.processInfo.environment["EARWITNESS_YEAR_DATABASE"]

    /// Meanwhile the levels of a second are written ten times a second, as by ten sources, and none
    /// of them waits.
    @Test(.enabled(if: path != nil, "EARWITNESS_YEAR_DATABASE names no database of a year"))
    func removingMonthsHoldsNobodyUp() async throws {
        let path = try #require(Self.path)
        let store = try EventStore(path: path)
        let log = TestLog()
        let writer = StoreWriter(store: store, logger: log.logger)
        let end = try #require(
            try EventReader(path: path).levelSources().compactMap {
                try EventReader(path: path).levelRange(source: $0)?.last
            }.max())
        let isOver = Atomic<Bool>(false)
        let writing = Task {
            var waits: [Duration] = []
            var second = 1.0
            while !isOver.load(ordering: .relaxed) {
                let start = ContinuousClock.now
                await writer.add(level(at: end.adding(seconds: second)))
                _ = await writer.settle(within: .seconds(60))
                waits.append(.now - start)
                second += 1
                guard await pause(.milliseconds(100)) else { break }
            }
            return waits.sorted()
        }
        let before = try store.size().used
        let start = ContinuousClock.now
        await RetentionRunner(retention: Retention(), writer: writer, logger: log.logger)
            .removeExpired(now: end)
        let took = ContinuousClock.now - start
        isOver.store(true, ordering: .relaxed)
        let waits = await writing.value
        let asked = await writer.ask { store throws(StoreError) in try store.size() }
        let after = try #require(asked).get().used
        print(
            "removed \((before - after) / 1_000_000) MB in \(took); "
                + "\(waits.count) changes were on the disk after p50 \(waits[waits.count / 2]), "
                + "p99 \(waits[waits.count * 99 / 100]), at most \(waits.last ?? .zero)")
        print(log.text)
        #expect(waits[waits.count * 99 / 100] < .milliseconds(500))
        #expect(await writer.close().isEmpty)
    }

    private func level(at time: UTCTime) -> StoreChange {
        var summary = LevelSummary()
        (summary.seconds, summary.exposureA) = (1, 1e-6)
        summary.bandExposures = ThirdOctave.bands.map { _ in 1e-8 }
        return .level(
            source: "now",
            LevelRecord(
                start: time.wholeSecond, samples: 48_000, sampleRate: .hz48000, summary: summary,
                histogram: LevelHistogram(entries: [.init(level: -600, count: 100)]),
                scale: .relative))
    }
}
