public import Listening
internal import Synchronization
internal import Timekeeping

/// One subscriber's queue of messages. It has one reader.
public final class MessageSubscription: Sendable {
    /// What happens to a message when there is no room for it.
    public enum WhenFull: Sendable {
        /// The thread that delivers it waits. For subscribers that must not miss anything: the
        /// analysis is held up, and eventually the ring of the source marks a gap.
        case wait
        /// The oldest waiting message makes room, and the subscriber is told. For subscribers that
        /// show the present state.
        case dropOldest
    }

    public enum Delivery: Sendable {
        case message(AnalysisMessage)
        /// This many messages are missing here: they were dropped.
        case dropped(Int)
    }

    private typealias Reader = CheckedContinuation<Delivery?, Never>

    private static let retryInterval = Duration.milliseconds(5)
    private static let waitForReader = Duration.milliseconds(2)

    private struct State {
        var queue: MessageQueue
        /// Dropped since the reader was last told.
        var dropped = 0
        /// Messages that came, and those that the reader has finished with or that were dropped.
        var put = 0
        var taken = 0
        var handled = 0
        var isFinished = false
        var reader: Reader?

        /// What is next for the reader.
        mutating func take() -> Delivery? {
            if dropped > 0 {
                defer { dropped = 0 }
                return .dropped(dropped)
            }
            guard let message = queue.removeFirst() else { return nil }
            taken += 1
            return .message(message)
        }

        mutating func dropOldest() {
            guard queue.removeFirst() != nil else { return }
            dropped += 1
            taken += 1
        }
    }

    private let whenFull: WhenFull
    private let isWanted: @Sendable (AnalysisMessage) -> Bool
    private let state: Mutex<State>

    init(
        capacity: Int, whenFull: WhenFull,
        isWanted: @escaping @Sendable (AnalysisMessage) -> Bool
    ) {
        self.whenFull = whenFull
        self.isWanted = isWanted
        state = Mutex(State(queue: MessageQueue(capacity: capacity)))
    }

    /// Messages that are waiting.
    public var waitingCount: Int { state.withLock { $0.queue.count } }

    /// How far it has come; `nil` of a view that may miss messages.
    var progress: MonitorProgress.Subscriber? {
        guard whenFull == .wait else { return nil }
        return state.withLock { .init(put: $0.put, taken: $0.taken) }
    }

    // MARK: The reader

    /// What comes next; waits for it. `nil` when nothing more comes. By calling this the reader
    /// says that it has finished with what it got before.
    public func next() async -> Delivery? {
        await withCheckedContinuation { continuation in
            let delivery: Delivery?? = state.withLock { state in
                precondition(state.reader == nil, "a subscription has one reader")
                state.handled = state.taken
                if let delivery = state.take() { return delivery }
                if state.isFinished { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let delivery { continuation.resume(returning: delivery) }
        }
    }

    /// Waits until the reader has finished with all messages that have come so far, but no longer
    /// than `limit`. Returns whether it has.
    func settle(within limit: Duration) async -> Bool {
        let goal = state.withLock { $0.put }
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.handled < goal }) {
            guard .now < deadline, await pause(Self.waitForReader) else { return false }
        }
        return true
    }

    // MARK: The sources

    /// Blocks while the queue is full, unless that drops the oldest message.
    func put(_ message: AnalysisMessage) {
        guard isWanted(message) else { return }
        while !offer(message) { MonotonicClock.sleep(for: Self.retryInterval) }
    }

    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    /// False if there is no room.
    private func offer(_ message: AnalysisMessage) -> Bool {
        let (isTaken, reader, delivery) = state.withLock { state in
            guard !state.isFinished else { return (true, Reader?.none, Delivery?.none) }
            if state.queue.isFull {
                guard whenFull == .dropOldest else { return (false, nil, nil) }
                state.dropOldest()
            }
            state.queue.append(message)
            state.put += 1
            guard let reader = state.reader.take() else { return (true, nil, nil) }
            return (true, reader, state.take())
        }
        reader?.resume(returning: delivery)
        return isTaken
    }
}

/// First in, first out, with a bound.
private struct MessageQueue {
    private let capacity: Int
    private var slots: [AnalysisMessage?] = []
    /// The slot of the oldest message.
    private var first = 0

    init(capacity: Int) {
        precondition(capacity >= 1, "a queue needs room for a message, not \(capacity)")
        self.capacity = capacity
    }

    var count: Int { slots.count - first }
    var isFull: Bool { count >= capacity }

    mutating func append(_ message: AnalysisMessage) {
        // Empty slots at the front are removed once there are as many of them as of the others.
        if first > count {
            slots.removeFirst(first)
            first = 0
        }
        slots.append(message)
    }

    mutating func removeFirst() -> AnalysisMessage? {
        guard first < slots.count else { return nil }
        defer { first += 1 }
        return slots[first].take()
    }
}
