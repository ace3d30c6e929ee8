/// Waits; `false` if the task was cancelled before the time was up.
package func pause(_ duration: Duration) async -> Bool {
    do {
        try await Task.sleep(for: duration)
        return true
    } catch {
        return false
    }
}
