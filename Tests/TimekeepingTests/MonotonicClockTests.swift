import Testing

@testable import Timekeeping

@Suite struct MonotonicClockTests {
    /// To the nanosecond, whatever part of it is whole seconds.
    @Test(arguments: [
        Duration.zero, .microseconds(500), .milliseconds(20), .nanoseconds(1_000_000_001),
    ])
    func sleepsNoShorterThanAsked(_ duration: Duration) {
        let start = MonotonicClock.now()
        MonotonicClock.sleep(for: duration)
        #expect(.nanoseconds(MonotonicClock.now() - start) >= duration)
    }

    @Test func aDeadlineThatIsPastIsNotWaitedFor() {
        let start = MonotonicClock.now()
        MonotonicClock.sleep(until: start - 900_000_000_000)
        #expect(MonotonicClock.now() - start < 900_000_000_000)
    }
}
