/// Polls, without holding up a thread, until `condition` holds. Throws if that takes longer than
/// `limit`.
public func waitUntil(
    _ what: String, within limit: Duration = .seconds(120), condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw TestSupportError("not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
