import SoundTypes
import Testing
import Timekeeping

@testable import RuleTrials

@Suite struct ScoreEventsTests {
    @Test func secondsAreJoinedOverGapsOfTwo() {
        var (events, last) = (ScoreEvents(source: "hall", label: "siren", threshold: 0.4), Int64(0))
        var told: [SoundEvent] = []
        let scores = [0.1, 0.4, 0.3, 0.2, 0.9, 0.1, 0.1, 0.1, 0.5, 0.0, 0.0, 0.0, 0.0]
        for (second, score) in scores.enumerated() {
            told += events.take(score, at: time(Double(second)), lastID: &last).map(\.event)
        }
        let ended = told.filter { $0.status == .complete }
        #expect(ended.map(\.id) == [-1, -2])
        #expect(ended.map { seconds($0.onset) } == [1, 8])
        #expect(ended.map { seconds($0.heardUntil) } == [5, 9])
        #expect(ended.map(\.peakConfidence) == [0.9, 0.5])
        #expect(ended[0].meanConfidence == 0.65)
    }
}
