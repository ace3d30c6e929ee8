internal import Glibc

/// Whether this process may use the network. systemd can refuse it the addresses of the internet
/// (`RestrictAddressFamilies=`, systemd.exec(5)), as the unit of the monitor does.
package enum NetworkAccess {
    /// What to do about it, in a few words.
    package static let remedy =
        "the service may not use the network; docs/install.md says how to allow it (network.conf)"

    package static var isRefused: Bool { isRefused(families: [AF_INET, AF_INET6]) }

    /// A machine without one of them has the other.
    static func isRefused(families: [Int32]) -> Bool {
        families.allSatisfy { family in
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(family, type, 0)
            guard descriptor < 0 else {
                close(descriptor)
                return false
            }
            return [EAFNOSUPPORT, EPERM, EACCES].contains(errno)
        }
    }
}
