internal import Glibc
internal import HostSystem

/// One end of a connection between a monitor and who asks it, or the end that waits for them.
struct ControlSocket: ~Copyable, Sendable {
    let descriptor: Int32
    private var patience = Duration.seconds(1)

    /// A new one; `nil` if the process may not open any more.
    init?() {
        self.init(
            descriptor: socket(
                AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
    }

    /// Takes over an open one.
    init?(descriptor: Int32) {
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// No call waits any longer than this, and neither does a line take longer to come.
    mutating func setPatience(seconds: Int) {
        patience = .seconds(seconds)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            // SAFETY: the value outlives the call and has the given size.
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, size)
        }
    }

    /// Whether all of it was taken.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the buffer is valid throughout the call.
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A line, without its end; `nil` if none comes in time, or if it is longer than `limit`.
    func readLine(limit: Int) -> String? {
        let deadline = ContinuousClock.now + patience
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while line.count <= limit, ContinuousClock.now < deadline {
            // SAFETY: the array has the given length and outlives the call.
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            line += buffer.prefix(count)
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                return String(decoding: line[..<end], as: UTF8.self)
            }
        }
        return nil
    }
}
