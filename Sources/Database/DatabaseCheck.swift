internal import Dispatch
package import GRDB
internal import HostSystem
internal import Synchronization

/// Looks for damage in a database, through a connection of its own, also while it is written to.
public final class DatabaseCheck: Sendable {
    private struct State {
        var connection: DatabaseQueue?
        var isStopped = false
    }

    private static let action = "check the event database"

    private let path: String
    /// Whether indexes are compared with tables
    /// (sqlite.org/pragma.html#pragma_quick_check).
    private let isThorough: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: the database, which need not exist
    ///   - isThorough: whether to compare indexes with tables, too
    public init(path: String, isThorough: Bool = false) {
        self.path = path
        self.isThorough = isThorough
    }

    /// What SQLite finds wrong with the structure of the file first, as an error of kind
    /// `.damaged`; `nil` if that is nothing, or if `stop` was called. It reads all of the file,
    /// which may take minutes. Throws what keeps it from reading.
    public func run() throws(StoreError) -> StoreError? {
        do {
            // The file is not opened here: closing it would take away the locks that SQLite has on
            // it in this process (sqlite.org/howtocorrupt.html, section 2.2).
            guard try fileSize(path) > 0 else { return nil }
            let queue = try DatabaseQueue(path: path, configuration: Connection.reader())
            guard start(queue) else { return nil }
            defer { state.withLock { $0.connection = nil } }
            let kind = isThorough ? "integrity_check" : "quick_check"
            let fault = try queue.read { db in try Self.faults(kind, db).first }
            return fault.map {
                StoreError(.damaged, path: path, action: Self.action, underlying: $0)
            }
        } catch {
            let error = StoreError(error, path: path, action: Self.action)
            if isStopped { return nil }
            guard error.isMended else { throw error }
            return error
        }
    }

    /// What a check of SQLite finds, `quick_check` or `integrity_check`; nothing in a whole
    /// database.
    ///
    /// SQLite 3.40 takes the columns of a table WITHOUT ROWID for those that are stored in their
    /// places, the key first, and so finds NULL in columns of `gap` that have none.
    package static func faults(_ check: String, _ db: Database) throws -> [String] {
        let rows = try String.fetchCursor(db, sql: "PRAGMA \(check)(\(Int32.max))")
        var faults: [String] = []
        while let fault = try rows.next(), faults.count < shownFaults {
            if fault != "ok", !fault.hasPrefix("NULL value in gap.") { faults.append(fault) }
        }
        return faults
    }

    private static let shownFaults = 3

    /// Ends the check as soon as possible. May be called from any thread.
    public func stop() {
        let isRunning = state.withLock { state in
            state.isStopped = true
            // Under the lock: a closed connection must not be interrupted.
            state.connection?.interrupt()
            return state.connection != nil
        }
        // What has not begun yet is not interrupted.
        if isRunning { DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { self.stop() } }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func start(_ queue: DatabaseQueue) -> Bool {
        state.withLock { state in
            if !state.isStopped { state.connection = queue }
            return !state.isStopped
        }
    }
}
