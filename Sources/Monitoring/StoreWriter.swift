internal import Database
public import Dispatch
public import EventStore
public import Logging
public import SoundTypes
internal import Synchronization
internal import Timekeeping

/// Writes changes to the store in the background, in order, many at a time.
///
/// Changes that come while a transaction is under way go into the next one. When the disk is full,
/// the database is locked, or anything else fails that may pass, nothing is dropped: the batch is
/// retried every second. Up to `capacity` changes wait; then `add` waits too, the analysis is held
/// up, and eventually the ring of the source marks a gap. At most `pictureCapacity` pictures wait,
/// and none while the disk is full; any more are dropped, since they are large and worth less than
/// the rest of what is stored. A change whose value the store refuses is dropped alone. When the
/// database is damaged or gone for good, `onBroken` is called once and nothing more is written.
public final class StoreWriter: Sendable {
    private static let waitForRoom = Duration.milliseconds(50)
    private static let waitForDisk = Duration.milliseconds(2)
    /// Each takes about 65 kB.
    static let pictureCapacity = 64

    private struct State {
        var pending: [StoreChange] = []
        /// Changes handed over, and changes stored or refused, since the beginning.
        var added = 0
        var settled = 0
        var isScheduled = false
        var isFailing = false
        /// Pictures in `pending`, and those dropped since the last one that was accepted.
        var pictures = 0
        var droppedPictures = 0
        /// What was lost since the last batch went through.
        var losses = Losses()
        var isBroken = false
        /// `add` no longer waits, however many changes are waiting.
        var isEnding = false

        /// - Returns: whether writing must be scheduled
        mutating func append(_ change: StoreChange) -> Bool {
            pending.append(change)
            added += 1
            if change.isPicture { pictures += 1 }
            defer { isScheduled = true }
            return !isScheduled
        }

        /// Removes what was written from the front.
        mutating func removeFirst(_ count: Int) {
            pictures -= pending.prefix(count).count(where: \.isPicture)
            pending.removeFirst(count)
        }
    }

    /// What will never be stored.
    private struct Losses {
        var pictures = 0
        var refusedChanges = 0

        /// For the log, which may say that no more than this was lost.
        var description: String {
            var parts: [String] = []
            if pictures > 0 {
                parts.append("\(pictures) picture\(pictures == 1 ? " was" : "s were") dropped")
            }
            if refusedChanges > 0 {
                let verb = refusedChanges == 1 ? " was" : "s were"
                parts.append("\(refusedChanges) change\(verb) refused")
            }
            return parts.isEmpty
                ? "nothing was lost"
                : parts.joined(separator: " and ") + ", nothing else was lost"
        }
    }

    private let store: EventStore
    private let logger: Logger
    private let capacity: Int
    private let retrySeconds: Double
    private let queue: DispatchQueue
    private let state = Mutex(State())
    private let onBroken: @Sendable () -> Void

    /// - Parameters:
    ///   - queue: where the store is used, and nowhere else
    ///   - retrySeconds: when a failed batch is retried
    public init(
        store: EventStore, logger: Logger, capacity: Int = 10_000,
        queue: DispatchQueue = DispatchQueue(label: "store"), retrySeconds: Double = 1,
        onBroken: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.logger = logger
        self.capacity = capacity
        self.queue = queue
        self.retrySeconds = retrySeconds
        self.onBroken = onBroken
    }

    /// Changes waiting to be written.
    public var pendingCount: Int { state.withLock { $0.pending.count } }

    /// Changes stored or refused since the beginning.
    var settledCount: Int { state.withLock { $0.settled } }

    /// Hands over a change. Waits while `capacity` changes are waiting, unless cancelled or after
    /// `stopWaiting`.
    public func add(_ change: StoreChange) async {
        while state.withLock({ $0.pending.count >= capacity && !$0.isEnding }) {
            guard await pause(Self.waitForRoom) else { break }
        }
        addAtOnce(change)
    }

    /// Hands over a change that must not wait for room: one made by a command. There are few.
    func addAtOnce(_ change: StoreChange) {
        let mustSchedule = state.withLock { $0.append(change) }
        if mustSchedule { queue.async { self.writePending() } }
    }

    /// Hands over a picture, which is dropped while too much is waiting. The log says so once.
    public func offer(_ picture: EventPicture) {
        let (isFull, isFirst, mustSchedule) = state.withLock { state in
            guard state.pictures < Self.pictureCapacity, state.pending.count < capacity else {
                state.droppedPictures += 1
                state.losses.pictures += 1
                return (true, state.droppedPictures == 1, false)
            }
            state.droppedPictures = 0
            return (false, false, state.append(.picture(picture)))
        }
        if isFull, isFirst {
            logger.warning("event \(picture.eventID) has no picture: too many wait to be stored")
        }
        if mustSchedule { queue.async { self.writePending() } }
    }

    /// Waits until everything handed over so far is stored, but no longer than `limit`. Returns
    /// whether it is.
    @discardableResult
    public func settle(within limit: Duration) async -> Bool {
        let goal = state.withLock { $0.added }
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.settled < goal }) {
            guard .now < deadline, await pause(Self.waitForDisk) else { return false }
        }
        return true
    }

    /// The end is near: `add` no longer waits.
    public func stopWaiting() {
        state.withLock { $0.isEnding = true }
    }

    /// Writes what is left and closes the store. Returns the changes that could not be written;
    /// they are not retried.
    public func close() async -> [StoreChange] {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writeBatch()
                do throws(StoreError) {
                    try self.store.close()
                } catch {
                    self.logger.error("\(error)")
                }
                let unwritten = self.state.withLock { state in
                    defer { state.pending = [] }
                    return state.pending
                }
                continuation.resume(returning: unwritten)
            }
        }
    }

    private func writePending() {
        state.withLock { $0.isScheduled = false }
        guard !writeBatch() else { return }
        let mustSchedule = state.withLock { state in
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        guard mustSchedule else { return }
        queue.asyncAfter(deadline: .now() + retrySeconds) { self.writePending() }
    }

    /// Writes everything that is waiting in one transaction. False if it has to be retried.
    @discardableResult
    private func writeBatch() -> Bool {
        let (batch, isBroken) = state.withLock { ($0.pending, $0.isBroken) }
        guard !batch.isEmpty, !isBroken else { return true }
        do throws(StoreError) {
            try store.write(batch)
        } catch {
            return recover(from: error, batch)
        }
        forget(batch.count)
        reportSuccess()
        return true
    }

    private func recover(from error: StoreError, _ batch: [StoreChange]) -> Bool {
        if error.isWorthRetrying {
            reportFailure(error, count: batch.count)
            if error.kind == .full { dropPictures() }
            return false
        }
        if error.kind == .invalidValue { return writeAroundRefused(batch) }
        logger.critical("\(error); the monitor ends")
        state.withLock { $0.isBroken = true }
        onBroken()
        return true
    }

    /// A change that the store will never take must not hold up the others. It is found by halving:
    /// each batch waits for the disk, so one by one would take minutes for thousands.
    private func writeAroundRefused(_ batch: [StoreChange]) -> Bool {
        var rest = batch[...]
        var count = (batch.count + 1) / 2
        while let first = rest.first {
            let part = Array(rest.prefix(count))
            do throws(StoreError) {
                try store.write(part)
                count *= 2
            } catch {
                guard error.kind == .invalidValue else { return recover(from: error, Array(rest)) }
                guard part.count == 1 else {
                    count = part.count / 2
                    continue
                }
                logger.error("lost, the store refuses it: \(first.logText): \(error)")
                state.withLock { $0.losses.refusedChanges += 1 }
            }
            forget(part.count)
            rest.removeFirst(part.count)
        }
        reportSuccess()
        return true
    }

    /// The remaining room is for what matters more.
    private func dropPictures() {
        let count = state.withLock { state in
            let count = state.pictures
            state.pending.removeAll(where: \.isPicture)
            state.pictures = 0
            state.settled += count
            state.losses.pictures += count
            return count
        }
        if count > 0 { logger.warning("\(count) pictures of events were dropped to make room") }
    }

    private func forget(_ count: Int) {
        state.withLock { state in
            state.removeFirst(count)
            state.settled += count
        }
    }

    /// A whole batch has gone through.
    private func reportSuccess() {
        let losses = state.withLock { state in
            defer { (state.isFailing, state.losses) = (false, Losses()) }
            return state.isFailing ? state.losses : nil
        }
        guard let losses else { return }
        logger.notice("the event database can be written again; \(losses.description)")
    }

    private func reportFailure(_ error: StoreError, count: Int) {
        let isNew = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        guard isNew else { return }
        logger.error("\(error); \(count) changes wait and are tried again every second")
    }
}
