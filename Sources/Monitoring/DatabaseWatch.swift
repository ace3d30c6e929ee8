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

    let store: EventStore
    let writer: StoreWriter
    let logger: Logger

    /// Until the task is cancelled.
    func run() async {
        repeat { await look() } while await pause(Self.interval)
    }

    func look() async {
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
        } catch {
            logger.warning("\(error)")
        }
    }
}
