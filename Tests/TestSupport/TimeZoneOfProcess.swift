import Foundation
import Glibc
import Synchronization

private let zoneLock = Mutex(())

/// Runs `body` with `TZ` set to `zone`, then restores it. The zone belongs to the whole process, so
/// every test that formats or reads local time goes through here; they take turns.
public func withTimeZone<Result>(_ zone: String, _ body: () throws -> Result) rethrows -> Result {
    try zoneLock.withLock { _ in
        // Without TZ, glibc takes the zone of this file: tzset(3). The variable stays once it is
        // there: other tests read the environment meanwhile, and whoever removes a variable moves
        // those behind it.
        let former = ProcessInfo.processInfo.environment["TZ"] ?? ":/etc/localtime"
        setenv("TZ", zone, 1)
        tzset()
        defer {
            setenv("TZ", former, 1)
            tzset()
        }
        return try body()
    }
}
