internal import Database
internal import Dispatch
internal import EventStore
internal import LevelTypes
internal import Logging
internal import MonitorConfig
internal import SourceTypes
internal import Timekeeping

/// The event store, open, and what the monitor needs to know from it once.
///
/// From the first call to the last the store is used on one dispatch queue, which belongs to the
/// writer: SQLite waits for the disk, and the cooperative pool is not for waiting. The store
/// requires this.
struct OpenedStore: Sendable {
    let store: EventStore
    let writer: StoreWriter
    /// The last calibration of each source and its input. Nothing changes it while the monitor has
    /// the store.
    let calibrations: [String: Calibration]
    /// What the rules go on with.
    let remembered: RememberedRules

    /// Opens the store of a configuration.
    ///
    /// - Parameter opening: says what is being done, and can stop it
    static func open(
        _ configuration: Configuration, _ opening: DatabaseWork, logger: Logger,
        onBroken: @escaping @Sendable () -> Void
    ) async throws(StoreError) -> OpenedStore {
        let queue = DispatchQueue(label: "store")
        let result = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(
                    returning: Result { () throws(StoreError) in
                        try OpenedStore(configuration, opening, queue, logger, onBroken)
                    })
            }
        }
        return try result.get()
    }

    private init(
        _ configuration: Configuration, _ opening: DatabaseWork, _ queue: DispatchQueue,
        _ logger: Logger, _ onBroken: @escaping @Sendable () -> Void
    ) throws(StoreError) {
        store = try EventStore(
            path: configuration.database, pictureBytes: configuration.pictures.keptBytes,
            queue: queue, opening: opening, isPatient: true)
        if let fault = store.openingFault {
            logger.error("\(fault); the monitor listens and runs commands all the same")
        }
        writer = StoreWriter(store: store, logger: logger, queue: queue, onBroken: onBroken)
        do throws(StoreError) {
            var calibrations: [String: Calibration] = [:]
            let store = store
            for source in configuration.sources {
                calibrations[source.name] = try Self.known(logger, otherwise: nil) {
                    () throws(StoreError) in
                    try store.lastCalibration(
                        source: source.name, input: source.input.description)
                }
            }
            self.calibrations = calibrations
            remembered = try Self.known(logger, otherwise: RememberedRules()) {
                () throws(StoreError) in try RememberedRules(store, configuration, logger)
            }
        } catch {
            // The first fault is the one that ends the monitor; the log has both.
            let first = error
            do throws(StoreError) {
                try store.close()
            } catch {
                logger.error("\(error)")
            }
            throw first
        }
    }

    /// What `read` gives; what is damaged is not known, and the log says so.
    private static func known<Value>(
        _ logger: Logger, otherwise nothing: Value, _ read: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        do throws(StoreError) {
            return try read()
        } catch {
            guard error.isMended else { throw error }
            logger.error("\(error)")
            return nothing
        }
    }
}
