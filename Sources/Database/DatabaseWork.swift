package import GRDB
internal import Synchronization

/// Work on a database that may take long, if that is large: opening it, which may have to migrate
/// it, copying and restoring it. Another thread can see how far it has got, and stop it.
public final class DatabaseWork: Sendable {
    private struct State {
        var step = "waiting for the disk"
        var done: Double?
        var migration: String?
        /// The connection that works.
        var connection: DatabaseQueue?
        var isAbandoned = false
    }

    private let state = Mutex(State())

    public init() {}

    /// What is being done, and how far it has got: "backing up to events.db.backup-v2, 42 %".
    public var progress: String {
        let (step, done) = state.withLock { ($0.step, $0.done) }
        return step + (done.map { ", \(Int($0 * 100)) %" } ?? "")
    }

    /// What was migrated, once it is; `nil` if the schema was current.
    public var migration: String? { state.withLock { $0.migration } }

    /// Makes the work end with an error of kind `.abandoned`, as soon as possible; the database is
    /// as it was, or migrated by whole steps. May be called from any thread. What has only just
    /// begun may not notice: call it again until the work has ended.
    public func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            // Under the lock: a closed connection must not be interrupted.
            state.connection?.interrupt()
        }
    }

    // MARK: Who works

    /// Says what comes next.
    package func begin(_ step: String) throws(Abandoned) {
        let isAbandoned = state.withLock { state in
            (state.step, state.done) = (step, nil)
            return state.isAbandoned
        }
        if isAbandoned { throw Abandoned() }
    }

    /// Says how much is done, from 0 to 1.
    package func update(_ done: Double) throws(Abandoned) {
        let isAbandoned = state.withLock { state in
            state.done = done
            return state.isAbandoned
        }
        if isAbandoned { throw Abandoned() }
    }

    /// Runs work of a connection that can be interrupted.
    package func with<Result>(
        _ connection: DatabaseQueue, _ body: () throws -> Result
    ) throws -> Result {
        state.withLock { $0.connection = connection }
        defer { state.withLock { $0.connection = nil } }
        do {
            return try body()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw Abandoned()
        }
    }

    package func noteMigration(_ text: String) {
        state.withLock { $0.migration = text }
    }

    /// The work was given up.
    package struct Abandoned: Error {
        package init() {}
    }
}
