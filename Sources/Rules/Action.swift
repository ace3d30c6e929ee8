public import AlertTypes

/// Something that a rule does, and how.
public struct Action: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case run(HookCommand)
        case webhook(Webhook)
        case log(LogSeverity)
    }

    /// What else of the same action may be at work when it is wanted.
    public enum RunMode: Sendable, Hashable {
        /// Nothing: while one runs, further ones are dropped.
        case single
        /// Nothing: further ones wait, in order.
        case queued
        /// So many at a time; further ones wait, in order.
        case parallel(limit: Int)
        /// Nothing: the one that runs is stopped.
        case restart
    }

    public enum LogSeverity: String, Sendable, Hashable, CaseIterable {
        case info, notice, warning, error, critical
    }

    /// Unique within the rule; it stays the same when actions are added or moved.
    public var name: String
    public var kind: Kind
    /// A command is stopped, and a webhook given up, after this long.
    public var timeoutSeconds: Double
    public var mode: RunMode
    public var retries: Retries
    /// What it is run for.
    public var occasions: Set<Occasion>
    /// An attempt that could not begin this long after its alert was due is dropped.
    public var expirySeconds: Double

    public init(
        name: String, kind: Kind, timeoutSeconds: Double = 30,
        mode: RunMode = .parallel(limit: 64), retries: Retries = Retries(),
        occasions: Set<Occasion> = [.fired, .repeated], expirySeconds: Double = 3_600
    ) {
        self.name = name
        self.kind = kind
        self.timeoutSeconds = timeoutSeconds
        self.mode = mode
        self.retries = retries
        self.occasions = occasions
        self.expirySeconds = expirySeconds
    }
}

/// Whether an action that failed is attempted again.
public struct Retries: Sendable, Hashable {
    /// Attempts after the first.
    public var count: Int
    /// The wait before the second attempt; it doubles each time, up to `longestSeconds`.
    public var firstSeconds: Double
    public var longestSeconds: Double
    /// The exit statuses of a command that are worth another attempt; `nil`: all but 0. A signal
    /// and a timeout always are; a webhook is tried again unless the answer is 4xx, other than 408
    /// and 429.
    public var exitStatuses: Set<Int>?

    public init(
        count: Int = 0, firstSeconds: Double = 5, longestSeconds: Double = 300,
        exitStatuses: Set<Int>? = nil
    ) {
        self.count = count
        self.firstSeconds = firstSeconds
        self.longestSeconds = longestSeconds
        self.exitStatuses = exitStatuses
    }
}

/// An HTTP address that gets the alert as JSON by POST.
public struct Webhook: Sendable, Hashable {
    /// http or https.
    public var url: String
    /// A file with the key of the signature, read at each attempt; `nil`: it is not signed.
    public var secretFile: String?
    /// Further header fields.
    public var headers: [String: String]

    public init(url: String, secretFile: String? = nil, headers: [String: String] = [:]) {
        self.url = url
        self.secretFile = secretFile
        self.headers = headers
    }
}
