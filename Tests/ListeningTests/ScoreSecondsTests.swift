import SoundTypes
import Testing
import Timekeeping

@testable import Listening

/// The highest score of each label in each second.
@Suite struct ScoreSecondsTests {
    private final class Told {
        var seconds: [(second: Double, maxima: [UInt8])] = []
    }

    private let told = Told()
    private var seconds = ScoreSeconds(labelCount: 2)

    private mutating func add(_ first: Float, _ second: Float, at time: Double) {
        let scores = [first, second] as InlineArray<2, Float>
        let told = told
        seconds.add(scores.span, at: UTCTime(microseconds: Int64(time * 1e6))) {
            told.seconds.append((Double($0.microseconds) / 1e6, $1))
        }
    }

    private mutating func tell() {
        let told = told
        seconds.tell { told.seconds.append((Double($0.microseconds) / 1e6, $1)) }
    }

    private mutating func finish() {
        let told = told
        seconds.finish { told.seconds.append((Double($0.microseconds) / 1e6, $1)) }
    }

    /// A step belongs to the second in which it begins.
    @Test mutating func theHighestScoreCounts() {
        for (time, score) in [(3.0, 0.5), (3.48, 1), (3.96, 0.2), (4.0, 0.4)] as [(Double, Float)] {
            add(score, 0.1, at: time)
        }
        #expect(told.seconds.isEmpty)
        tell()
        #expect(told.seconds.map(\.second) == [3] && told.seconds[0].maxima == [255, 26])
        tell()
        #expect(told.seconds.count == 1)
        finish()
        #expect(told.seconds.map(\.second) == [3, 4] && told.seconds[1].maxima == [102, 26])
        finish()
        #expect(told.seconds.count == 2)
    }

    /// A second that nobody asked for is told before the one after the next begins.
    @Test mutating func noSecondIsLost() {
        for second in 0..<5 { add(Float(second) / 5, 0, at: Double(second)) }
        #expect(told.seconds.map(\.second) == [0, 1, 2])
        finish()
        #expect(told.seconds.map(\.second) == [0, 1, 2, 3, 4])
        #expect(told.seconds.map { $0.maxima[0] } == [0, 51, 102, 153, 204])
    }

    /// What follows a step of the clock, or a gap, is not mixed with what was before.
    @Test mutating func whatIsToldStaysAsItIs() {
        add(0.8, 0.8, at: 10)
        add(0.4, 0.4, at: 9)
        tell()
        add(0.2, 0.2, at: 9.5)
        add(1, 1, at: 20)
        finish()
        #expect(told.seconds.map(\.second) == [10, 9, 20])
        #expect(told.seconds.map(\.maxima) == [[204, 204], [102, 102], [255, 255]])
    }

    @Test mutating func whatIsNoScoreCountsAsNone() {
        add(.nan, -1, at: 0)
        add(.infinity, 2, at: 1)
        finish()
        #expect(told.seconds.map(\.maxima) == [[0, 0], [255, 255]])
    }
}
