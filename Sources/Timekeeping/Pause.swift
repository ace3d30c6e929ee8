/// Waits; `false` when the task was cancelled before the time was over.
package func pause(_ duration: Duration) async -> Bool {
    do {
        try await Task.sleep(for: duration)
        return true
    } catch {
        return false
    }
}
