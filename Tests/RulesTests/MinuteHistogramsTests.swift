import LevelTypes
import Rules
import Testing
import Timekeeping

@Suite struct MinuteHistogramsTests {
    private func record(_ second: Double, level: Int, scale: LevelScale = calibrated) -> LevelRecord
    {
        LevelRecord(
            start: time(second), samples: 32_000, sampleRate: SampleRate(hertz: 32_000)!,
            summary: LevelSummary(),
            histogram: LevelHistogram(entries: [LevelHistogram.Entry(level: level, count: 100)]),
            scale: scale)
    }

    /// 1 800 000 000 s is the beginning of a minute.
    @Test func aMinuteIsToldWhenTheNextBegins() throws {
        var minutes = MinuteHistograms()
        for second in 0..<60 {
            #expect(minutes.add(record(Double(second), level: second % 2), of: "hall") == nil)
        }
        #expect(minutes.add(record(59, level: 9), of: "garden") == nil)
        guard
            case .minute(let source, let start, let histogram, let scale)? = minutes.add(
                record(60, level: 0), of: "hall")
        else {
            Issue.record("no minute")
            return
        }
        #expect(source == "hall" && start == time(0) && scale == calibrated)
        #expect(histogram.entries.map(\.count) == [3_000, 3_000])
    }

    /// Histograms of two scales do not add up.
    @Test func anotherScaleBeginsAnew() {
        var minutes = MinuteHistograms()
        #expect(minutes.add(record(0, level: 1), of: "hall") == nil)
        guard
            case .minute(_, _, let histogram, _)? = minutes.add(
                record(1, level: 1, scale: .relative), of: "hall")
        else {
            Issue.record("no minute")
            return
        }
        #expect(histogram.count == 100)
    }
}
