internal import Glibc

/// CLOCK_MONOTONIC in nanoseconds: never set, never stepped, stands still while the system sleeps.
package enum MonotonicClock {
    package static func now() -> Int64 {
        nanoseconds(of: CLOCK_MONOTONIC)
    }

    /// The system sleeps for seconds. A shorter time between two results of `slept` is not a sleep.
    package static let shortestSleep: Int64 = 500_000_000

    /// How long the system has slept since it was started, in nanoseconds.
    package static func slept() -> Int64 {
        var (before, boot) = (now(), nanoseconds(of: CLOCK_BOOTTIME))
        // A thread held up between the two readings would see a sleep that never happened.
        var attempts = 1
        while now() - before > 10_000_000, attempts < 8 {
            (before, boot) = (now(), nanoseconds(of: CLOCK_BOOTTIME))
            attempts += 1
        }
        return boot - before
    }

    /// Sleeps until the clock shows `deadline`; returns at once if that is past.
    package static func sleep(until deadline: Int64) {
        let second: Int64 = 1_000_000_000
        var time = timespec(tv_sec: Int(deadline / second), tv_nsec: Int(deadline % second))
        // SAFETY: `time` is valid throughout the call; an absolute sleep reports no remainder. If
        // interrupted by a signal, it continues to the same deadline.
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    package static func sleep(for duration: Duration) {
        let (seconds, attoseconds) = duration.components
        sleep(until: now() + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        // SAFETY: `time` is valid throughout the call.
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
