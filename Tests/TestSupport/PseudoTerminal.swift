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

    /// Gives it a size in characters.
    public func setSize(columns: Int, rows: Int) throws {
        var size = winsize()
        (size.ws_col, size.ws_row) = (UInt16(columns), UInt16(rows))
        guard ioctl(controller, UInt(TIOCSWINSZ), &size) == 0 else {
            throw TestSupportError("cannot set a size: errno \(errno)")
        }
    }

    /// What programs have written since the last call.
    public func written() -> String { String(decoding: bytes(), as: UTF8.self) }

    /// What programs write up to a text, and shortly after it.
    public func written(until text: String) async throws -> String {
        let wanted = Array(text.utf8)
        var all: [UInt8] = []
        try await waitUntil("\(text) is shown") {
            // What is behind has been looked at before.
            let start = max(0, all.count - wanted.count)
            all += bytes()
            guard all.count - start >= wanted.count else { return false }
            return (start...all.count - wanted.count).contains { place in
                all[place] == wanted[0] && all[place..<place + wanted.count] == wanted[...]
            }
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// What can be read without waiting long.
    private func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        var descriptor = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
        while poll(&descriptor, 1, 20) > 0, descriptor.revents & Int16(POLLIN) != 0 {
            let count = read(controller, &part, part.count)
            guard count > 0 else { break }
            bytes += part.prefix(count)
        }
        return bytes
    }

    /// Whether what is typed shows on it.
    public func echoes() throws -> Bool {
        var settings = termios()
        guard tcgetattr(controller, &settings) == 0 else {
            throw TestSupportError("cannot read its settings: errno \(errno)")
        }
        return settings.c_lflag & tcflag_t(ECHO) != 0
    }

    /// Types a text.
    public func type(_ text: String) throws {
        guard write(controller, text, text.utf8.count) == text.utf8.count else {
            throw TestSupportError("cannot type: errno \(errno)")
        }
    }
}
