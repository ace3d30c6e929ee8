internal import Database
internal import Dispatch
internal import EventStore
internal import Synchronization

/// Says every few seconds how far the opening of a store has got, and stops it when it is no longer
/// wanted. It has a dispatch queue of its own: a service manager that hears nothing in time kills
/// the program, so this must not wait for other work.
final class OpeningReport: Sendable {
    private static let watchInterval = Duration.milliseconds(100)

    private struct State {
        var next: ContinuousClock.Instant
        var hasTold = false
        var isOver = false
    }

    private let opening: DatabaseWork
    private let interval: Duration
    private let isWanted: @Sendable () -> Bool
    private let tell: @Sendable (String?) -> Void
    private let queue = DispatchQueue(label: "opening")
    private let state: Mutex<State>

    /// Begins at once; the first report comes after `interval`.
    ///
    /// - Parameter tell: gets what is being done; and `nil` at the end, if it ever got anything
    init(
        of opening: DatabaseWork, every interval: Duration,
        isWanted: @escaping @Sendable () -> Bool, tell: @escaping @Sendable (String?) -> Void
    ) {
        self.opening = opening
        self.interval = interval
        self.isWanted = isWanted
        self.tell = tell
        state = Mutex(State(next: .now + interval))
        lookAgain(after: min(Self.watchInterval, interval) / .seconds(1))
    }

    /// The store is open, or will not be.
    func end() {
        state.withLock { state in
            state.isOver = true
            if state.hasTold { tell(nil) }
        }
    }

    private func lookAgain(after seconds: Double) {
        queue.asyncAfter(deadline: .now() + seconds) {
            if self.look() { self.lookAgain(after: seconds) }
        }
    }

    /// False when it is over.
    private func look() -> Bool {
        if !isWanted() { opening.abandon() }
        return state.withLock { state in
            guard !state.isOver else { return false }
            guard .now >= state.next else { return true }
            state.next += interval
            state.hasTold = true
            tell(opening.progress)
            return true
        }
    }
}
