internal import Database
internal import Dispatch
internal import EventStore
internal import Logging
internal import Timekeeping

/// Looks for damage in the database when the monitor starts, and once a day: what nobody reads or
/// writes would be noticed when it is needed. It reads on a thread and a connection of its own, so
/// nothing waits for it.
struct DatabaseWatch {
    private static let interval = Duration.seconds(86_400)
    /// Until the next look, when one was kept from reading.
    private static let retryInterval = Duration.seconds(3_600)

    let store: EventStore
    let writer: StoreWriter
    let logger: Logger

    /// Until the task is cancelled.
    func run() async {
        var hasLooked = false
        repeat {
            hasLooked = await look()
        } while await pause(hasLooked ? Self.interval : Self.retryInterval)
    }

    /// False if it could not.
    @discardableResult
    func look() async -> Bool {
        let check = DatabaseCheck(path: store.path)
        let recoveries = store.recoveries
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "database check", qos: .utility).async {
                    continuation.resume(
                        returning: Result { () throws(StoreError) in try check.run() })
                }
            }
        } onCancel: {
            check.stop()
        }
        do throws(StoreError) {
            if let fault = try result.get() { writer.mend(fault, recoveries: recoveries) }
            return true
        } catch {
            logger.warning("\(error)")
            return false
        }
    }
}
