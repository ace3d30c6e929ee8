internal import Dispatch
internal import Foundation
internal import HostSystem
internal import Synchronization

/// The service manager that started this process and is told how it is doing (sd_notify(3)).
///
/// Nobody waits for it: what its socket has no room for is sent again from a queue of our own, in
/// order.
final class ServiceManager: Sendable {
    private static let retrySeconds = 0.1
    /// States that may wait; further ones are dropped: a manager that takes none for so long is
    /// gone.
    private static let capacity = 64

    private let address: UnixAddress
    private let waiting = Mutex<[String]>([])
    private let queue = DispatchQueue(label: "service manager")

    private init(address: UnixAddress) {
        self.address = address
    }

    /// `nil` if there is none that wants to be told.
    static func fromEnvironment() -> ServiceManager? {
        guard let name = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"],
            name.hasPrefix("/") || name.hasPrefix("@")
        else { return nil }
        var bytes = Array(name.utf8)
        if name.hasPrefix("@") { bytes[0] = 0 }  // the abstract name space
        return UnixAddress(bytes).map(ServiceManager.init)
    }

    /// How often it wants to hear that the service goes on; `nil`: not at all. It stops a service
    /// that it does not hear of in time: "It is recommended that a daemon sends a keep-alive
    /// notification every half of the time returned", sd_watchdog_enabled(3).
    static var watchdogInterval: Duration? {
        let environment = ProcessInfo.processInfo.environment
        guard let text = environment["WATCHDOG_USEC"], let limit = Int64(text), limit > 0 else {
            return nil
        }
        // Another process of the service is meant.
        if let pid = environment["WATCHDOG_PID"], !pid.isEmpty, pid != "\(getpid())" { return nil }
        return .microseconds(limit) / looksPerLimit
    }

    /// More than two: one that finds nothing must not be the last.
    private static let looksPerLimit = 4

    /// Asks for more time to start, and says what for. The manager stops a service that neither is
    /// ready nor asks again within the time: "the service manager will allow the service to
    /// continue to start, provided the service repeats EXTEND_TIMEOUT_USEC= within the interval
    /// specified", sd_notify(3).
    func extendStart(_ status: String) {
        notify("EXTEND_TIMEOUT_USEC=\(Self.extensionMicroseconds)\nSTATUS=\(status)")
    }

    /// A disk may be busy for that long with a single flush.
    private static let extensionMicroseconds = 120_000_000

    /// Sends a state such as `READY=1`, now or as soon as there is room. A manager that cannot be
    /// reached gets nothing: the monitor listens all the same.
    func notify(_ state: String) {
        let mustRetry = waiting.withLock { waiting in
            if waiting.isEmpty, send(state) { return false }
            if waiting.count < Self.capacity { waiting.append(state) }
            return waiting.count == 1
        }
        if mustRetry { retryLater() }
    }

    private func retryLater() {
        queue.asyncAfter(deadline: .now() + Self.retrySeconds) {
            let isEmpty = self.waiting.withLock { waiting in
                while let first = waiting.first, self.send(first) { waiting.removeFirst() }
                return waiting.isEmpty
            }
            if !isEmpty { self.retryLater() }
        }
    }

    /// False if the socket has no room at the moment.
    private func send(_ state: String) -> Bool {
        address.send(Array(state.utf8)) != .noRoom
    }
}
