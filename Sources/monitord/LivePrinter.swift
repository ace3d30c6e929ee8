internal import HostSystem
internal import Listening
internal import Listings
internal import Monitoring
internal import Synchronization

/// Prints what is heard as it is heard, a line each, for as long as somebody reads it. A reader
/// that is slow, or a terminal that is held, misses lines: it must not hold up the monitor.
final class LivePrinter: Sendable {
    private let lines = Mutex(LiveLines())
    private let isRead = Mutex(true)
    private let screen = Mutex(LiveScreen(columns: StandardStream.output.terminalColumns))

    /// Messages that may wait: half an hour of levels.
    private static let capacity = 2_048

    /// What to print.
    enum Content: String, CaseIterable {
        /// Events, and the levels of each second.
        case all
        case events
    }

    /// Prints what the monitor hears, to its end. Call it before the monitor runs.
    static func start(_ monitor: Monitor, _ content: Content) -> Task<Void, Never> {
        let subscription = monitor.subscribe(capacity: capacity, whenFull: .dropOldest) {
            isOfInterest($0, content)
        }
        return Task {
            let printer = LivePrinter()
            while let delivery = await subscription.next() { printer.show(delivery) }
            printer.write(printer.screen.withLock { $0.end })
        }
    }

    private static func isOfInterest(_ message: AnalysisMessage, _ content: Content) -> Bool {
        switch message {
        case .began, .heard, .picture, .scores, .drift: false
        case .level: content == .all
        case .listening, .event, .gap, .effort, .clockStepped, .ended: true
        }
    }

    private func show(_ delivery: MessageSubscription.Delivery) {
        switch delivery {
        case .message(let message):
            guard let line = lines.withLock({ $0.line(message) }) else { return }
            let isLevel = if case .level = message { true } else { false }
            write(screen.withLock { isLevel ? $0.level(line) : $0.line(line) })
        case .dropped(let count):
            write(screen.withLock { $0.line("(\(count) messages are missing here)") })
        }
    }

    private func write(_ text: String) {
        isRead.withLock { isRead in
            guard isRead, StandardStream.output.isReady else { return }
            isRead = StandardStream.output.offer(text)
        }
    }
}
