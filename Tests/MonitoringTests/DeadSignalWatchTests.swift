import LevelTypes
import Testing

@testable import Monitoring
@testable import Timekeeping

@Suite struct DeadSignalWatchTests {
    private func second(isStuck: Bool) -> LevelRecord {
        var summary = LevelSummary()
        summary.seconds = 1
        summary.stuckSeconds = isStuck ? 1 : 0
        return LevelRecord(
            start: UTCTime(microseconds: 0), samples: 48_000, sampleRate: .hz48000,
            summary: summary, histogram: LevelHistogram(), scale: .relative)
    }

    @Test func aDeadMicrophoneIsToldOnceAndWhenItIsBack() {
        var watch = DeadSignalWatch()
        let changes = ([Bool](repeating: true, count: 30) + [false, false]).map {
            watch.see(second(isStuck: $0))
        }
        #expect(changes.indices.filter { changes[$0] == .dead } == [9])
        #expect(changes.indices.filter { changes[$0] == .alive } == [30])
    }

    @Test func aPauseIsNoDeath() {
        var watch = DeadSignalWatch()
        for _ in 0..<5 {
            for _ in 0..<9 { #expect(watch.see(second(isStuck: true)) == nil) }
            #expect(watch.see(second(isStuck: false)) == nil)
        }
    }
}
