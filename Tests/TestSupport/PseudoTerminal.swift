import Glibc

/// A terminal for a program under test, which reads what is typed here.
public final class PseudoTerminal: Sendable {
    /// The path of the terminal, to be opened by the program.
    public let path: String
    private let controller: Int32

    public init() throws {
        controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // pts(4), ioctl_tty(2): TIOCSPTLCK unlocks it, TIOCGPTN gives its number.
        var lock: Int32 = 0
        var number: Int32 = 0
        guard controller >= 0, ioctl(controller, 0x4004_5431, &lock) == 0,
            ioctl(controller, 0x8004_5430, &number) == 0
        else { throw TestSupportError("cannot open a pseudo-terminal: errno \(errno)") }
        path = "/dev/pts/\(number)"
    }

    deinit {
        close(controller)
    }

    /// Types a text.
    public func type(_ text: String) throws {
        guard write(controller, text, text.utf8.count) == text.utf8.count else {
            throw TestSupportError("cannot type: errno \(errno)")
        }
    }
}
