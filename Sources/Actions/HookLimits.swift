/// How much the hooks may use between them.
public struct HookLimits: Sendable, Hashable {
    /// The most commands that run at the same time.
    public var concurrency: Int
    /// The most firings that may wait their turn; any more are refused.
    public var queue: Int
    /// How long a command may take to end after SIGTERM, before SIGKILL.
    public var termination: Duration
    /// How many bytes of a command's output are kept, counted from the end.
    public var outputBytes: Int

    public init(
        concurrency: Int = 4, queue: Int = 256, termination: Duration = .seconds(2),
        outputBytes: Int = 4_096
    ) {
        precondition(concurrency > 0 && queue >= 0 && outputBytes >= 0)
        self.concurrency = concurrency
        self.queue = queue
        self.termination = termination
        self.outputBytes = outputBytes
    }
}
