import Glibc

/// Polls, without holding up a thread, until `condition` holds. Throws if that takes longer than
/// `limit`.
public func waitUntil(
    _ what: String, within limit: Duration = .hang, condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw TestSupportError("not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// The same, holding up the thread, which goes on at once. An asynchronous test may first have to
/// wait for others that compute for minutes: too late where it is waited for in turn.
public func waitOnThread(
    until what: String, within limit: Duration = .hang, condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            throw TestSupportError("not within \(limit): \(what)")
        }
        usleep(10_000)
    }
}

extension Duration {
    /// What takes as long as this will never come. A test never fails because the machine is busy:
    /// analysing a minute of sound took 90 s in a debug build beside three other builds.
    public static let hang = Duration.seconds(900)
}
