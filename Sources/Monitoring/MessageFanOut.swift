internal import Listening
internal import Synchronization

/// Hands what the sources report to any number of subscribers, each with its own bound and a stated
/// action when it is reached (`MessageSubscription.WhenFull`).
///
/// The messages of one source reach each subscriber in order; those of two sources may interleave
/// differently. Subscribers get a message in the order in which they subscribed.
final class MessageFanOut: Sendable {
    private struct State {
        var subscriptions: [MessageSubscription] = []
        var isFinished = false
    }

    private let state = Mutex(State())

    /// Subscribes from now on. The subscriber must read to the end.
    ///
    /// - Parameters:
    ///   - capacity: messages that may wait for the subscriber
    ///   - isWanted: picks the messages that the subscriber gets
    func subscribe(
        capacity: Int, whenFull: MessageSubscription.WhenFull,
        to isWanted: @escaping @Sendable (AnalysisMessage) -> Bool = { _ in true }
    ) -> MessageSubscription {
        let subscription = MessageSubscription(
            capacity: capacity, whenFull: whenFull, isWanted: isWanted)
        let isFinished = state.withLock { state in
            state.subscriptions.append(subscription)
            return state.isFinished
        }
        if isFinished { subscription.finish() }
        return subscription
    }

    /// Blocks while a subscriber that must be waited for is full: for threads, never for tasks.
    func put(_ message: AnalysisMessage) {
        for subscription in state.withLock({ $0.subscriptions }) { subscription.put(message) }
    }

    /// How far the subscribers have come that must miss nothing.
    var progress: [MonitorProgress.Subscriber] {
        state.withLock { $0.subscriptions }.compactMap(\.progress)
    }

    /// No more messages will come. May be called more than once.
    func finish() {
        let subscriptions = state.withLock { state in
            state.isFinished = true
            return state.subscriptions
        }
        for subscription in subscriptions { subscription.finish() }
    }
}
