import Testing
import Timekeeping

@Suite struct UTCTimeRangeTests {
    private let earliest = UTCTime(microseconds: .min)
    private let latest = UTCTime(microseconds: .max)

    @Test func secondsAreCountedInBothDirections() {
        let time = UTCTime(microseconds: 1_500_000)
        #expect(time.adding(seconds: -2) == UTCTime(microseconds: -500_000))
        #expect(time.adding(seconds: -2).seconds(since: time) == -2)
        #expect(time.adding(seconds: 0.25).seconds(since: time) == 0.25)
    }

    @Test(
        arguments: [
            (1_500_000, 1_000_000), (1_000_000, 1_000_000), (0, 0), (-1, -1_000_000),
            (-1_000_000, -1_000_000), (-1_500_000, -2_000_000),
        ] as [(Int64, Int64)])
    func theWholeSecondBeginsBefore(_ time: Int64, _ second: Int64) {
        #expect(UTCTime(microseconds: time).wholeSecond == UTCTime(microseconds: second))
    }

    /// A damaged file can hold any number.
    @Test func thereIsAnAnswerForEveryTime() {
        #expect(latest.seconds(since: earliest) == 0x1p64 / 1e6)
        #expect(earliest.seconds(since: latest) == -0x1p64 / 1e6)
        #expect(latest.adding(seconds: 1) == latest)
        #expect(earliest.adding(seconds: -1) == earliest)
        for time in [earliest, UTCTime(microseconds: 0), latest] {
            #expect(time.adding(seconds: 1e300) == latest)
            #expect(time.adding(seconds: -.infinity) == earliest)
            #expect(time.adding(seconds: .nan) == time)
        }
        #expect(earliest.wholeSecond == earliest)
        #expect(latest.wholeSecond.microseconds % 1_000_000 == 0)
        for time in [earliest, latest] {
            #expect(time.rfc3339.contains("T"))
            #expect(time.localDescription.contains(":"))
        }
    }
}
