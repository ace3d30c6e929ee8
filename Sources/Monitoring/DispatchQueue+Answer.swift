internal import Dispatch

extension DispatchQueue {
    /// What `body` returns, run on this queue; `nil` if the task is cancelled before: a disk that
    /// does not answer must hold up nobody.
    func answer<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        let (answers, answer) = AsyncStream.makeStream(of: Value.self)
        async {
            answer.yield(body())
            answer.finish()
        }
        return await answers.first { _ in true }
    }
}
