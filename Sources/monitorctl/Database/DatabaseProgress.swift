internal import Database
internal import Dispatch

/// Shows on a terminal how far long work on a database has got.
enum DatabaseProgress {
    /// Whoever waits longer than this is told, in seconds.
    private static let patience = 2.0
    private static let interval = 0.5

    /// - Parameter body: the work; what it says to `DatabaseWork` is shown
    static func shown<Result>(
        _ body: (DatabaseWork) throws -> Result
    ) rethrows -> Result {
        let work = DatabaseWork()
        let queue = DispatchQueue(label: "progress")
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + patience, repeating: interval)
        timer.setEventHandler { StandardError.show(work.progress) }
        timer.resume()
        defer {
            timer.cancel()
            queue.sync { StandardError.show("") }
        }
        return try body(work)
    }
}
