import Foundation
import Glibc
import Synchronization

private let zoneLock = Mutex(())

/// Runs `body` with `TZ` set to `zone`, then restores it. The zone belongs to the whole process, so
/// every test that formats or reads local time goes through here; they take turns.
public func withTimeZone<Result>(_ zone: String, _ body: () throws -> Result) rethrows -> Result {
    try zoneLock.withLock { _ in
        let former = ProcessInfo.processInfo.environment["TZ"]
        setenv("TZ", zone, 1)
        tzset()
        defer {
            if let former { setenv("TZ", former, 1) } else { unsetenv("TZ") }
            tzset()
        }
        return try body()
    }
}
