internal import Dispatch
public import EventStore
public import Logging
internal import Synchronization

/// Writes changes to the store in the background, in order, many at a time.
///
/// Changes that come while a transaction is under way go into the next one. When the disk is full
/// or the database is locked, nothing is dropped: the batch is tried again every second. Up to
/// `capacity` changes wait; then `add` waits too, the analysis is held up, and at last the ring of
/// the source marks a gap.
public final class StoreWriter: Sendable {
    private static let retrySeconds = 1.0
    private static let waitForRoom = Duration.milliseconds(50)

    private struct State {
        var pending: [StoreChange] = []
        var isScheduled = false
        var isFailing = false
    }

    private let store: EventStore
    private let logger: Logger
    private let capacity: Int
    private let queue = DispatchQueue(label: "store")
    private let state = Mutex(State())

    public init(store: EventStore, logger: Logger, capacity: Int = 10_000) {
        self.store = store
        self.logger = logger
        self.capacity = capacity
    }

    /// Changes that wait to be written.
    public var pendingCount: Int { state.withLock { $0.pending.count } }

    /// Hands over a change. Waits while `capacity` changes are waiting, unless cancelled.
    public func add(_ change: StoreChange) async {
        while pendingCount >= capacity, !Task.isCancelled {
            do {
                try await Task.sleep(for: Self.waitForRoom)
            } catch {
                break  // Cancelled: this change is the last, and the bound is no longer needed.
            }
        }
        let mustSchedule = state.withLock { state in
            state.pending.append(change)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { queue.async { self.writePending() } }
    }

    /// Runs `body` on the store's thread, after everything that was added before.
    public func perform<Result: Sendable>(
        _ body: @escaping @Sendable (EventStore) throws(EventStoreError) -> Result
    ) async throws(EventStoreError) -> Result {
        let result = await withCheckedContinuation { continuation in
            queue.async {
                self.writeBatch()
                continuation.resume(
                    returning: Swift.Result { () throws(EventStoreError) in
                        try body(self.store)
                    })
            }
        }
        return try result.get()
    }

    /// Writes what is left and closes the store. Returns the changes that could not be written;
    /// they are not tried again.
    public func close() async -> [StoreChange] {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writeBatch()
                do throws(EventStoreError) {
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
        queue.asyncAfter(deadline: .now() + Self.retrySeconds) { self.writePending() }
    }

    /// Writes all that waits in one transaction. False when it has to be tried again.
    @discardableResult
    private func writeBatch() -> Bool {
        let batch = state.withLock { $0.pending }
        guard !batch.isEmpty else { return true }
        do throws(EventStoreError) {
            try store.write(batch)
        } catch {
            guard error.isWorthRetrying else { return writeOneByOne(batch) }
            reportFailure(error, count: batch.count)
            return false
        }
        forget(batch.count)
        return true
    }

    /// A change that the store will never take must not hold up the others.
    private func writeOneByOne(_ batch: [StoreChange]) -> Bool {
        for change in batch {
            do throws(EventStoreError) {
                try store.write([change])
            } catch {
                if error.isWorthRetrying { return false }
                logger.error("lost, the store refuses it: \(change): \(error)")
            }
            forget(1)
        }
        return true
    }

    private func forget(_ count: Int) {
        let recovered = state.withLock { state in
            state.pending.removeFirst(count)
            defer { state.isFailing = false }
            return state.isFailing
        }
        if recovered { logger.notice("the event database can be written again; nothing was lost") }
    }

    private func reportFailure(_ error: EventStoreError, count: Int) {
        let isNew = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        guard isNew else { return }
        logger.error("\(error); \(count) changes wait and are tried again every second")
    }
}

extension EventStoreError {
    /// Whether the same write can succeed later.
    fileprivate var isWorthRetrying: Bool {
        switch kind {
        case .full, .busy, .inputOutput: true
        default: false
        }
    }
}
