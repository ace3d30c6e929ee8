package import Glibc

/// The address of a socket of this machine: a path, or, after a zero byte, a name in the abstract
/// name space (unix(7)).
package struct UnixAddress: Sendable {
    /// The most bytes that a name can have: one is left for the zero at the end of a path.
    package static let longestName = MemoryLayout<sockaddr_un>.size - offset - 1

    private static let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2

    private let name: [UInt8]

    /// `nil` if the name is too long.
    package init?(_ name: [UInt8]) {
        guard name.count <= Self.longestName else { return nil }
        self.name = name
    }

    package init?(path: String) {
        self.init(FileName.bytes(of: path).dropLast().map { UInt8(bitPattern: $0) })
    }

    /// Calls `body` with the address as system calls want it.
    package func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the name fits after the offset, as `init` checked.
        unsafe withUnsafeMutableBytes(of: &address) { bytes in
            for (index, byte) in name.enumerated() { unsafe bytes[Self.offset + index] = byte }
        }
        // SAFETY: the pointer is valid throughout the call, and every address may be seen as a
        // `sockaddr`.
        return unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe body(address, socklen_t(Self.offset + name.count))
            }
        }
    }

    /// What became of a datagram.
    package enum Delivery: Sendable {
        case sent
        /// It may be taken later.
        case noRoom
        /// There is nobody, or nobody who would take it.
        case refused
    }

    /// Sends a datagram to the socket of this address. It never waits.
    package func send(_ datagram: [UInt8]) -> Delivery {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return .refused }
        defer { close(descriptor) }
        // SAFETY: both buffers are valid throughout the call and have the given lengths.
        let count = unsafe withPointer { target, length in
            unsafe sendto(
                descriptor, datagram, datagram.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), target,
                length)
        }
        if count >= 0 { return .sent }
        return [EAGAIN, ENOBUFS, EINTR].contains(errno) ? .noRoom : .refused
    }
}
