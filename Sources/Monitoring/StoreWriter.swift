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
/// the database is locked, or anything else fails that may pass, the batch is retried every second.
/// Up to `capacity` changes wait. Then `add` waits too, but only while the store works: a store
/// that fails, or does not answer, holds up nobody, and what has no room any more is dropped,
/// levels first (`StoreBacklog`). It is counted, the log says so, and once the store works again,
/// the stretch of time is stored as a gap of cause `unstored`. At most `pictureCapacity` pictures
/// wait, and none while the disk is full; any more are dropped, since they are large and worth less
/// than the rest of what is stored. A change whose value the store refuses is dropped alone. A
/// damaged database is replaced by what can be read of it, while everything waits. When it is gone
/// for good, `onBroken` is called once and nothing more is written.
public final class StoreWriter: Sendable {
    private static let waitForRoom = Duration.milliseconds(50)
    private static let waitForDisk = Duration.milliseconds(2)
    /// Each takes about 65 kB.
    static let pictureCapacity = 64
    /// How long a damaged database may still be copied when the monitor ends.
    private static let endingLimit = Duration.seconds(10)

    private struct State {
        var backlog: StoreBacklog
        var isScheduled = false
        /// The last batch failed, and is tried again.
        var isFailing = false
        /// Counts the batches; even while none is being written.
        var batch = 0
        /// The store has taken too long over this batch.
        var stalledBatch: Int?
        /// Pictures dropped since the last one that was accepted.
        var droppedPictures = 0
        var isBroken = false
        /// The database is damaged, and not replaced yet.
        var damage: StoreError?
        /// The end is near, since then: `add` no longer waits, and nothing is dropped.
        var ending: ContinuousClock.Instant?

        var isEnding: Bool { ending != nil }

        /// Whether the store cannot be waited for.
        var isHeldUp: Bool { isFailing || stalledBatch != nil }

        /// - Returns: whether writing must be scheduled
        mutating func schedule() -> Bool {
            defer { isScheduled = true }
            return !isScheduled
        }
    }

    private let store: EventStore
    private let logger: Logger
    private let retrySeconds: Double
    private let stallSeconds: Double
    private let queue: DispatchQueue
    private let watch = DispatchQueue(label: "store watch")
    private let state: Mutex<State>
    private let onBroken: @Sendable () -> Void

    /// - Parameters:
    ///   - capacity: changes that may wait
    ///   - reserve: further changes, other than levels, that may wait for a store that fails
    ///   - queue: where the store is used, and nowhere else
    ///   - retrySeconds: when a failed batch is retried
    ///   - stallSeconds: a store that takes longer than this over a batch does not answer
    public init(
        store: EventStore, logger: Logger, capacity: Int = 10_000, reserve: Int = 10_000,
        queue: DispatchQueue = DispatchQueue(label: "store"), retrySeconds: Double = 1,
        stallSeconds: Double = 10, onBroken: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.logger = logger
        self.queue = queue
        self.retrySeconds = retrySeconds
        self.stallSeconds = stallSeconds
        self.onBroken = onBroken
        state = Mutex(State(backlog: StoreBacklog(capacity: capacity, reserve: reserve)))
    }

    /// Changes waiting to be written.
    public var pendingCount: Int { state.withLock { $0.backlog.waiting.count } }

    /// Whether the disk or another program keeps changes waiting.
    var isHeldUp: Bool { state.withLock { $0.isHeldUp } }

    /// Changes stored or refused since the beginning.
    var settledCount: Int { state.withLock { $0.backlog.answered } }

    /// Hands over a change. Waits while `capacity` changes are waiting for a store that works,
    /// unless cancelled or after `stopWaiting`.
    public func add(_ change: StoreChange) async {
        while state.withLock({ $0.backlog.isFull && !$0.isHeldUp && !$0.isEnding }) {
            guard await pause(Self.waitForRoom) else { break }
        }
        addAtOnce(change)
    }

    /// Hands over a change that must not wait for room: one made by a command. There are few.
    func addAtOnce(_ change: StoreChange) {
        let (isFirstLoss, waiting, mustSchedule) = state.withLock { state in
            let isBounded = state.isHeldUp && !state.isEnding
            let isFirstLoss = state.backlog.take(change, isBounded: isBounded)
            return (isFirstLoss, state.backlog.waiting.count, state.schedule())
        }
        if isFirstLoss {
            logger.error("\(waiting) changes wait to be stored; more are dropped, levels first")
        }
        if mustSchedule { queue.async { self.writePending() } }
    }

    /// Hands over a picture, which is dropped while too much is waiting. The log says so once.
    public func offer(_ picture: EventPicture) {
        let (isFull, isFirst, mustSchedule) = state.withLock { state in
            guard state.backlog.pictures < Self.pictureCapacity, !state.backlog.isFull else {
                state.droppedPictures += 1
                state.backlog.noteDroppedPicture()
                return (true, state.droppedPictures == 1, false)
            }
            state.droppedPictures = 0
            state.backlog.takePicture(picture)
            return (false, false, state.schedule())
        }
        if isFull, isFirst {
            logger.about(.event, picture.eventID).warning(
                "event \(picture.eventID) has no picture: too many wait to be stored")
        }
        if mustSchedule { queue.async { self.writePending() } }
    }

    /// Replaces the database, in which damage was found from outside, unless that has been done
    /// since.
    ///
    /// - Parameter recoveries: how often it had been replaced when the search began
    func mend(_ fault: StoreError, recoveries: Int) {
        queue.async {
            guard self.store.recoveries == recoveries else { return }
            self.state.withLock { $0.damage = fault }
            self.logger.critical("\(fault)")
            self.writePending()
        }
    }

    /// What `read` finds in the store, once the store has done what it is doing; `nil` if the task
    /// is cancelled first.
    func ask<Value: Sendable>(
        _ read: @escaping @Sendable (EventStore) throws(StoreError) -> Value
    ) async -> Result<Value, StoreError>? {
        await queue.answer { [store] in
            Result { () throws(StoreError) in try read(store) }
        }
    }

    /// Waits until everything handed over so far is stored, but no longer than `limit`. Returns
    /// whether it is.
    @discardableResult
    public func settle(within limit: Duration) async -> Bool {
        let goal = state.withLock { $0.backlog.taken }
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.backlog.settled < goal }) {
            guard .now < deadline, await pause(Self.waitForDisk) else { return false }
        }
        return true
    }

    /// The end is near: `add` no longer waits.
    public func stopWaiting() {
        state.withLock { state in
            if state.ending == nil { state.ending = .now }
        }
    }

    /// Writes what is left and closes the store. Returns the changes that could not be written;
    /// they are not retried.
    public func close() async -> [StoreChange] {
        await withCheckedContinuation { continuation in
            queue.async {
                // If that succeeds, what was lost before is still to be stored.
                if self.writeBatch() { self.writeBatch() }
                do throws(StoreError) {
                    try self.store.close()
                } catch {
                    self.logger.error("\(error)")
                }
                let unwritten = self.state.withLock { state in
                    _ = state.backlog.tellLosses()
                    return state.backlog.removeAll()
                }
                continuation.resume(returning: unwritten)
            }
        }
    }
}

extension StoreWriter {
    private func writePending() {
        state.withLock { $0.isScheduled = false }
        guard !writeBatch() else { return }
        guard state.withLock({ $0.schedule() }) else { return }
        queue.asyncAfter(deadline: .now() + retrySeconds) { self.writePending() }
    }

    /// Writes everything that is waiting in one transaction. False if it has to be retried.
    @discardableResult
    private func writeBatch() -> Bool {
        let (batch, isBroken) = state.withLock { state in
            if state.isHeldUp { state.backlog.removeSuperseded() }
            return (state.backlog.waiting, state.isBroken)
        }
        guard !isBroken else { return true }
        guard mendDamage() else { return false }
        guard !batch.isEmpty else { return true }
        beginBatch()
        defer { endBatch() }
        do throws(StoreError) {
            try store.write(batch)
        } catch {
            return recover(from: error, batch)
        }
        forget(batch.count)
        reportSuccess()
        return true
    }

    /// Looks after a while whether the store is still at the same batch.
    private func beginBatch() {
        let number = state.withLock { state in
            state.batch += 1
            return state.batch
        }
        watch.asyncAfter(deadline: .now() + stallSeconds) {
            let waiting = self.state.withLock { state -> Int? in
                guard state.batch == number, state.stalledBatch == nil else { return nil }
                state.stalledBatch = number
                return state.backlog.waiting.count
            }
            guard let waiting else { return }
            let isDamaged = self.state.withLock { $0.damage != nil }
            let what =
                isDamaged
                ? "the damaged database is being copied" : "the disk has not answered"
            self.logger.error("\(what) for \(self.stallSeconds) s; \(waiting) changes wait")
        }
    }

    private func endBatch() {
        state.withLock { $0.batch += 1 }
    }

    private func recover(from error: StoreError, _ batch: [StoreChange]) -> Bool {
        if error.isMended {
            let isNew = state.withLock { state in
                defer { state.damage = error }
                return state.damage == nil
            }
            if isNew { logger.critical("\(error)") }
            return writeBatch()
        }
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

    /// Puts another database in the place of a damaged one, while everything waits. False if that
    /// cannot be done now.
    private func mendDamage() -> Bool {
        guard state.withLock({ $0.damage != nil }) else { return true }
        beginBatch()
        defer { endBatch() }
        do throws(StoreError) {
            let recovered = try store.recover(isWanted: { self.mayTakeLong })
            state.withLock { $0.damage = nil }
            logger.critical("the damaged database was replaced; \(recovered)")
            return true
        } catch {
            reportFailure(error, count: pendingCount)
            return false
        }
    }

    private var mayTakeLong: Bool {
        state.withLock { state in state.ending.map { .now - $0 < Self.endingLimit } ?? true }
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
                state.withLock { $0.backlog.noteRefusal() }
            }
            forget(part.count)
            rest.removeFirst(part.count)
        }
        reportSuccess()
        return true
    }

    private func dropPictures() {
        let count = state.withLock { $0.backlog.dropPictures() }
        if count > 0 { logger.warning("\(count) pictures of events were dropped to make room") }
    }

    private func forget(_ count: Int) {
        state.withLock { $0.backlog.removeFirst(count) }
    }

    /// A whole batch has gone through.
    private func reportSuccess() {
        let (losses, mustSchedule) = state.withLock { state -> (StoreLosses?, Bool) in
            let wasHeldUp = state.isHeldUp
            (state.isFailing, state.stalledBatch) = (false, nil)
            let losses = state.backlog.tellLosses()
            let isMore = !state.backlog.waiting.isEmpty
            return (wasHeldUp ? losses : nil, isMore && state.schedule())
        }
        if mustSchedule { queue.async { self.writePending() } }
        guard let losses else { return }
        logger.notice("the event database can be written again; \(losses)")
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
