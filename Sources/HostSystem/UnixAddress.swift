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
}
