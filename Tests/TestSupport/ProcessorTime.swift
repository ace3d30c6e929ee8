import Glibc

/// The time for which this thread occupied a processor to do something: other than the time that
/// went by, it does not grow because others work at the same time. Work that other threads do for
/// it is not counted.
public func processorTime(_ body: () throws -> Void) rethrows -> Duration {
    let start = threadTime()
    try body()
    return threadTime() - start
}

private func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
