import Glibc
import TestSupport

/// A socket that takes datagrams: that on which a service manager hears from its services
/// (sd_notify(3)), or that of the journal.
final class DatagramSocket {
    let path: String
    private let descriptor: Int32
    private var messages: [String] = []

    init(path: String) throws {
        self.path = path
        let type = [SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC].reduce(0) { $0 | Int32($1.rawValue) }
        descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw TestSupportError("no socket: error \(errno)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw TestSupportError("\(path) is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw TestSupportError("cannot bind \(path): error \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    /// Sends to it until it has no room left.
    func fill() throws {
        let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(sender) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(sender, $0, size) }
        }
        guard code == 0 else { throw TestSupportError("cannot connect to \(path)") }
        while send(sender, "x", 1, Int32(MSG_DONTWAIT)) == 1 {}
        guard errno == EAGAIN else { throw TestSupportError("cannot fill \(path): error \(errno)") }
    }

    /// All messages of a service so far but those that say in words what the service does.
    func states() throws -> [String] {
        try received().filter { !$0.hasPrefix("STATUS=") }
    }

    /// All messages so far.
    func received() throws -> [String] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count >= 0 {
                messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
            } else if errno == EAGAIN {
                return messages
            } else if errno != EINTR {
                throw TestSupportError("cannot read \(path): error \(errno)")
            }
        }
    }
}
