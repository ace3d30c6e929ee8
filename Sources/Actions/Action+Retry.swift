internal import AlertTypes
internal import Rules

extension Action {
    /// How many of it may run at a time.
    var limit: Int {
        if case .parallel(let limit) = mode { limit } else { 1 }
    }

    /// How long after a failed run it is attempted again; `nil`: it is not.
    func retryDelay(after run: HookRun) -> Duration? {
        guard run.attempt <= retries.count, isWorthRetrying(run) else { return nil }
        var seconds = retries.firstSeconds
        for _ in 1..<max(1, run.attempt) where seconds < retries.longestSeconds { seconds *= 2 }
        return .seconds(min(seconds, retries.longestSeconds))
    }

    private func isWorthRetrying(_ run: HookRun) -> Bool {
        switch (kind, run.outcome) {
        case (.log, _), (_, .waiting), (_, .running), (_, .interrupted), (_, .dropped): false
        case (_, .signalled), (_, .timedOut): true
        case (.run, .exited):
            if let statuses = retries.exitStatuses {
                statuses.contains(run.exitStatus ?? 0)
            } else {
                run.exitStatus != 0
            }
        case (.run, .failedToStart): retries.exitStatuses == nil
        case (.webhook, .exited):
            switch run.exitStatus ?? 0 {
            case 408, 429: true
            case 0, 400..<500: false
            default: true
            }
        case (.webhook, .failedToStart): true
        }
    }
}
