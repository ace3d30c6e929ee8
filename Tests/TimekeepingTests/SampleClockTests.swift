import Testing
import Timekeeping

@Suite struct SampleClockTests {
    private let rate = SampleRate.hz48000
    private let start = UTCTime(microseconds: 1_800_000_000_000_000)

    @Test func positionsAreExact() {
        let clock = SampleClock(sampleRate: rate, position: 100, time: start)
        #expect(clock.time(at: 100) == start)
        #expect(clock.time(at: 100 + 48_000 * 3_600).seconds(since: start) == 3_600)
        #expect(clock.time(at: 100 - 48_000).seconds(since: start) == -1)
    }

    /// Late threads see the capture time with jitter; no time moves by more than the slew.
    @Test func jitterMovesNothingFar() {
        var clock = SampleClock(sampleRate: rate, time: start)
        for second in 1...1_000 {
            let jitter = second % 7 == 0 ? 0.2 : 0.0
            let position = Int64(second * 48_000)
            let before = clock.time(at: position)
            #expect(
                clock.observe(
                    position: position, time: start.adding(seconds: Double(second) + jitter)) == nil
            )
            #expect(abs(clock.time(at: position).seconds(since: before)) <= 0.000_51)
        }
        #expect(abs(clock.time(at: 48_000_000).seconds(since: start) - 1_000) < 0.1)
    }

    /// A crystal that is 100 ppm fast: after an hour the line is still on the wall clock.
    @Test func aFastCrystalIsFollowed() {
        var clock = SampleClock(sampleRate: rate, time: start)
        for second in 1...3_600 {
            let position = Int64((Double(second) * 48_000 * 1.0001).rounded())
            _ = clock.observe(position: position, time: start.adding(seconds: Double(second)))
        }
        let last = Int64((3_600 * 48_000 * 1.0001).rounded())
        #expect(abs(clock.time(at: last).seconds(since: start) - 3_600) < 0.001)
    }

    @Test func aStepOfTheWallClockIsBelievedWhenItPersists() {
        var clock = SampleClock(sampleRate: rate, time: start)
        var steps: [Double] = []
        for second in 1...10 {
            let time = start.adding(seconds: Double(second) + (second > 3 ? 7_200 : 0))
            if let step = clock.observe(position: Int64(second * 48_000), time: time) {
                steps.append(step)
            }
        }
        #expect(steps == [7_200])
        #expect(clock.time(at: 480_000).seconds(since: start) == 7_210)
    }

    @Test func oneWrongObservationIsIgnored() {
        var clock = SampleClock(sampleRate: rate, time: start)
        #expect(clock.observe(position: 48_000, time: start.adding(seconds: 500)) == nil)
        #expect(clock.observe(position: 96_000, time: start.adding(seconds: 2)) == nil)
        #expect(clock.time(at: 96_000) == start.adding(seconds: 2))
    }
}

@Suite struct SampleRateTests {
    @Test func theRangeIsThatOfTheMonitor() {
        #expect(SampleRate(hertz: 15_999) == nil)
        #expect(SampleRate(hertz: 16_000)?.hertz == 16_000)
        #expect(SampleRate(hertz: 192_000)?.hertz == 192_000)
        #expect(SampleRate(hertz: 192_001) == nil)
    }

    @Test func halvesAreRoundedUp() throws {
        let rate = try #require(SampleRate(hertz: 44_100))
        #expect(rate.samples(0.025) == 1_103)
        #expect(rate.samples(0.010) == 441)
        #expect(rate.samples(0.050) == 2_205)
    }
}

@Suite struct UTCTimeTests {
    @Test func monotonicTimeIsTranslated() {
        #expect(abs(UTCTime(monotonicNanoseconds: 0).seconds(since: .now())) > 1)
    }

    @Test func secondsAreRoundedToMicroseconds() {
        let time = UTCTime(microseconds: 10)
        #expect(time.adding(seconds: 0.000_001_4).microseconds == 11)
        #expect(time.adding(seconds: -0.000_010).microseconds == 0)
    }
}
