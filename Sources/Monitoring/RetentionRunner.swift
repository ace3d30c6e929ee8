internal import Database
internal import EventStore
internal import Logging
internal import SoundTypes
internal import Timekeeping

/// Removes what is older than it is kept, and gives the room back, in steps between the batches of
/// the writer that are so short that nothing waits for them.
///
/// A clock that is wrong must not cost anything: nothing is removed before the clock has gone
/// evenly for an hour.
struct RetentionRunner {
    static let interval = Duration.seconds(600)
    static let patience = Duration.seconds(3_600)
    /// What the writer is to be held for by a step; twice as long happens.
    private static let stepGoal = Duration.milliseconds(15)
    private static let stepLimits = 10...2_000
    /// The least rest between two steps.
    private static let rest = Duration.milliseconds(50)
    /// What is stored of the last day stays, however large the database is.
    private static let youngest = Retention.day
    /// Free room for what comes next stays in the file: this much, or a twentieth of the rest.
    private static let reserveBytes: Int64 = 16_000_000

    let retention: Retention
    let writer: StoreWriter
    let logger: Logger

    /// Until the task is cancelled.
    func run() async {
        var clock = SteadyClock()
        while await pause(Self.interval) {
            guard clock.steadyTime() >= Self.patience else { continue }
            await removeExpired(now: .now())
        }
    }

    /// Removes everything that is too old at a time, and gives the room back.
    func removeExpired(now: UTCTime) async {
        for kind in Retention.Kind.allCases {
            guard let age = retention.seconds[kind] else { continue }
            await remove(kind, before: now.adding(seconds: -age))
        }
        await keepSize(now: now)
        await inSteps { store, limit throws(StoreError) in
            try store.giveBack(pages: limit, keeping: Self.reserveBytes)
        }
    }

    /// Returns how many rows were removed.
    @discardableResult
    private func remove(_ kind: Retention.Kind, before end: UTCTime) async -> Int {
        let count = await inSteps { store, limit throws(StoreError) in
            try store.remove(kind, before: end, limit: limit)
        }
        if count > 0 {
            logger.debug("removed \(count) rows of \(kind.rawValue) from before \(end.rfc3339)")
        }
        return count
    }

    /// Removes the oldest seconds and scores, hour by hour, while too much of the file is in use.
    private func keepSize(now: UTCTime) async {
        guard let limit = retention.bytes else { return }
        while let used = await usedBytes(), used > limit {
            let oldest = await writer.ask { store throws(StoreError) in try store.oldestSecond() }
            guard case .success(let time?) = oldest,
                time < now.adding(seconds: -Self.youngest)
            else {
                logger.warning(
                    """
                    \(used) bytes of the event database are in use, \(limit) are wanted: no \
                    seconds and scores are left that are older than a day
                    """)
                return
            }
            let end = time.adding(seconds: 3_600)
            let seconds = await remove(.seconds, before: end)
            let scores = await remove(.scores, before: end)
            // The store does not work now, or the monitor ends.
            guard seconds + scores > 0 else { return }
        }
    }

    private func usedBytes() async -> Int64? {
        let size = await writer.ask { store throws(StoreError) in try store.size() }
        guard case .success(let size) = size else { return nil }
        return size.used
    }

    /// Takes steps until one has less to do than it may. Returns how much they did together.
    ///
    /// - Parameter step: gets the most to do, and returns how much it did
    @discardableResult
    private func inSteps(
        _ step: @escaping @Sendable (EventStore, Int) throws(StoreError) -> Int
    ) async -> Int {
        var (limit, total) = (Self.stepLimits.lowerBound, 0)
        while !writer.isHeldUp {
            let most = limit
            let result = await writer.ask {
                store throws(StoreError) -> (count: Int, held: Duration) in
                let start = ContinuousClock.now
                let count = try step(store, most)
                return (count, .now - start)
            }
            guard let result else { break }
            do throws(StoreError) {
                let (count, held) = try result.get()
                total += count
                guard count >= limit, await pause(max(Self.rest, held * 4)) else { break }
                limit = Self.nextLimit(limit, held)
            } catch {
                logger.warning("\(error)")
                break
            }
        }
        return total
    }

    /// As much as takes the wanted time, at most twice as much as before.
    static func nextLimit(_ limit: Int, _ held: Duration) -> Int {
        let factor = min(2, stepGoal / held)
        let next = Int(Double(limit) * factor)
        return min(max(next, stepLimits.lowerBound), stepLimits.upperBound)
    }
}

/// Tells for how long the wall clock has gone as evenly as the monotonic one.
struct SteadyClock {
    /// Adjusting a clock that goes wrong moves it by less than this from one look to the next.
    private static let tolerance: Int64 = 60_000_000

    private var since: Int64
    /// The wall clock minus the monotonic one, in microseconds.
    private var offset: Int64

    init(now: UTCTime = .now(), monotonicNanoseconds: Int64 = MonotonicClock.now()) {
        since = monotonicNanoseconds
        offset = now.microseconds - monotonicNanoseconds / 1_000
    }

    /// Looks at both clocks. What they went differently since the last look counts as a step if it
    /// is more than a minute.
    mutating func steadyTime(
        now: UTCTime = .now(), monotonicNanoseconds: Int64 = MonotonicClock.now()
    ) -> Duration {
        let moved = now.microseconds - monotonicNanoseconds / 1_000
        if (moved - offset).magnitude > UInt64(Self.tolerance) { since = monotonicNanoseconds }
        offset = moved
        return .nanoseconds(monotonicNanoseconds - since)
    }
}
