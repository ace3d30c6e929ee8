/// How far the monitor has come, in counts that only grow.
struct MonitorProgress: Sendable {
    /// A source, from its device to the subscribers.
    struct Source: Sendable {
        /// Messages of its analysis: several for a second of sound, and one for each second in
        /// which a device is away.
        var messages = 0
        /// Attempts to open a device that could not be opened so far.
        var attempts = 0
        /// Reads of a stream that brought nothing.
        var idleReads = 0
        /// Samples wait for the analysis.
        var isBehind = false

        /// Sound, a device that is away and known to be, another attempt to open it, or a stream on
        /// which nothing came and of which nothing is left to analyse.
        func hasGoneOn(since earlier: Source) -> Bool {
            messages > earlier.messages || attempts > earlier.attempts
                || idleReads > earlier.idleReads && !isBehind
        }
    }

    /// A subscriber that must miss no message, such as the one that hands them to the store.
    struct Subscriber: Sendable {
        /// Messages that came, and those that it has taken.
        var put = 0
        var taken = 0

        func hasGoneOn(since earlier: Subscriber) -> Bool {
            taken == put || taken > earlier.taken
        }
    }

    /// Those that have not ended, by their names.
    var sources: [String: Source] = [:]
    /// In the order in which they subscribed.
    var subscribers: [Subscriber] = []
}

/// Decides whether the monitor goes on as a whole: every source that has not ended, and every
/// subscriber that must miss nothing.
struct ProgressWatch {
    /// When it last went on.
    private var last = MonitorProgress()

    /// Whether everything has gone on since the last time that this was so.
    mutating func goesOn(to now: MonitorProgress) -> Bool {
        let sources = now.sources.allSatisfy { name, source in
            last.sources[name].map { source.hasGoneOn(since: $0) } ?? true
        }
        let subscribers = now.subscribers.enumerated().allSatisfy { index, subscriber in
            guard index < last.subscribers.count else { return true }
            return subscriber.hasGoneOn(since: last.subscribers[index])
        }
        guard sources && subscribers else { return false }
        last = now
        return true
    }
}
