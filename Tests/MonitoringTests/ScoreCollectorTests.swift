import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Monitoring

/// Seconds of scores wait until their row is full, each source for itself.
@Suite struct ScoreCollectorTests {
    private func scores(_ second: Int, of source: String = "mic") -> SecondScores {
        SecondScores(
            source: source, start: UTCTime(microseconds: Int64(second) * 1_000_000),
            labels: ["dog"], maxima: [9])
    }

    @Test func aRowIsGivenWhenTheNextOneBegins() {
        var collector = ScoreCollector()
        for second in 1_003..<1_020 { #expect(collector.add(scores(second)).isEmpty) }
        #expect(collector.add(scores(1_020)) == (1_003..<1_020).map { scores($0) })
        #expect(collector.add(scores(1_021)).isEmpty)
        #expect(collector.end("mic") == [scores(1_020), scores(1_021)])
        #expect(collector.end("mic").isEmpty)
    }

    @Test func sourcesDoNotMix() {
        var collector = ScoreCollector()
        for second in 0..<20 {
            #expect(collector.add(scores(second)).isEmpty)
            #expect(collector.add(scores(second, of: "yard")).isEmpty)
        }
        let row = collector.add(scores(20))
        #expect(row.count == 20 && row.allSatisfy { $0.source == "mic" })
        #expect(collector.end("yard").count == 20)
    }

    /// A clock that is set back begins another row, too.
    @Test func aClockThatIsSetBackLosesNothing() {
        var collector = ScoreCollector()
        #expect(collector.add(scores(100)).isEmpty)
        #expect(collector.add(scores(40)) == [scores(100)])
        #expect(collector.end("mic") == [scores(40)])
    }
}
